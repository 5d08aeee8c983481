import GodwitCore
import GodwitEngine
import GodwitStore
import HTTPTypes

/// Event types out of an OpenAPI document, which describes an organization's webhooks for readers already.
struct EventTypeImportRoutes {
    var routes: [Route] { [Route(.post, "/event-type/import/openapi", .organization, take)] }

    /// Everything is checked before anything is written. Each type is durable for itself; an import that was broken off can be
    /// repeated.
    private func take(_ request: APIRequest) async throws -> Answer {
        let (isDryRun, replacesAll, spec, text) = try request.readBody { reader in
            (
                reader.optional("dryRun", .bool) ?? false, reader.optional("replaceAll", .bool) ?? false,
                reader.optional("spec", .rawObject), reader.optional("specRaw", .string)
            )
        }
        let described: [DescribedEventType]
        switch (spec, text) {
        case (let spec?, nil):
            let location = ["body", "spec"]
            described = try OpenAPIWebhooks.read(try SpecText.parse(json: spec, at: location), at: location)
        case (nil, let text?):
            let location = ["body", "specRaw"]
            described = try OpenAPIWebhooks.read(try SpecText.parse(text, at: location), at: location)
        default: throw Problem(.badRequest, "bad_request", "Give either spec or specRaw, and not both.")
        }
        if isDryRun { return Answer(.ok, ImportOut(modified: [], toModify: described)) }
        try await request.putEventTypes(described.map { eventType in (eventType.name, { eventType.apply(to: &$0) }) })
        if replacesAll { try await archiveOthers(than: Set(described.map(\.name)), request) }
        return Answer(.ok, ImportOut(modified: described.map(\.name), toModify: nil))
    }

    private func archiveOthers(than names: Set<String>, _ request: APIRequest) async throws {
        let organization = request.organization
        var page = PageRequest<String>(limit: Limits.pageItems, order: .ascending)
        while true {
            let asked = page
            let found = try await request.engine.read { store throws(StoreError) in
                try store.eventTypes(organization, includeArchived: false, asked)
            }
            let others = found.items.map(\.name).filter { !names.contains($0) }
            try await request.putEventTypes(others.map { ($0, { $0.archived = true }) })
            guard found.hasMore, let last = found.items.last else { return }
            page.position = .after(last.name)
        }
    }
}

extension APIRequest {
    typealias EventTypeEdit = @Sendable (inout EventType) -> Void

    /// Changes the types of those names, or makes them. All at once, so that they share transactions; of two edits of one type the
    /// latter counts.
    func putEventTypes(_ edits: [(name: String, edit: EventTypeEdit)]) async throws {
        let last = Dictionary(edits.map { ($0.name, $0.edit) }, uniquingKeysWith: { $1 })
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (name, edit) in last { group.addTask { try await putEventType(name, edit) } }
            try await group.waitForAll()
        }
    }

    private func putEventType(_ name: String, _ edit: @escaping EventTypeEdit) async throws {
        let now = now
        let change = CatalogCommand.changeEventType(organization, name: name) { eventType in
            edit(&eventType)
            eventType.updatedAt = now
        }
        do throws(StoreError) {
            _ = try await engine.change(change)
            return
        } catch {
            guard error.code == .notFound else { throw error }
        }
        var eventType = EventType(organization: organization, name: name, description: "", createdAt: now, updatedAt: now)
        edit(&eventType)
        do throws(StoreError) {
            _ = try await engine.change(.insertEventType(eventType))
        } catch {
            // Another request has just made it.
            guard error.code == .conflict else { throw error }
            _ = try await self.change(change)
        }
    }
}

extension DescribedEventType {
    /// What the document says nothing of stays as it is. An archived type is in use again.
    fileprivate func apply(to eventType: inout EventType) {
        eventType.description = description
        eventType.schemas = schemas.map { String(decoding: JSONWriter.write($0), as: UTF8.self) }
        eventType.deprecated = deprecated
        eventType.archived = false
        if let groupName { eventType.groupName = groupName }
        if let featureFlags { eventType.featureFlags = featureFlags }
    }

    /// A document has one version.
    fileprivate var schemas: JSONValue? { schema.map { .object([.init("1", $0)]) } }
}

private struct ImportOut: JSONWritable {
    let modified: [String]
    /// What a dry run would write.
    let toModify: [DescribedEventType]?

    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.object("data") { writer in
                writer.field("modified", modified)
                guard let toModify else { return }
                writer.array("to_modify") { writer in
                    for eventType in toModify {
                        writer.object { writer in
                            writer.field("name", eventType.name)
                            writer.field("description", eventType.description)
                            writer.field("deprecated", eventType.deprecated)
                            writer.field("schemas", eventType.schemas)
                            writer.field("groupName", ifPresent: eventType.groupName)
                            writer.field("featureFlags", ifPresent: eventType.featureFlags)
                        }
                    }
                }
            }
        }
    }
}
