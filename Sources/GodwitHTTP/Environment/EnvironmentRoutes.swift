import GodwitCore
import GodwitEngine
import GodwitStore
import HTTPTypes

/// What an organization has configured, as one document: read here, put there.
struct EnvironmentRoutes {
    var routes: [Route] {
        [
            // It only reads: asked again, it shows what is there by then.
            Route(.post, "/environment/export", .organization, remembers: false, export),
            Route(.post, "/environment/import", .organization, take),
        ]
    }

    private func export(_ request: APIRequest) async throws -> Answer {
        let organization = request.organization
        var eventTypes: [EventType] = []
        var page = PageRequest<String>(limit: Limits.pageItems, order: .ascending)
        while true {
            let asked = page
            let found = try await request.engine.read { store throws(StoreError) in
                try store.eventTypes(organization, includeArchived: true, asked)
            }
            eventTypes += found.items
            // More than one import takes would be a document that is of no use.
            guard eventTypes.count <= Limits.requestItems else {
                throw Problem.limitReached("An environment of more than \(Limits.requestItems) event types can't be exported.")
            }
            guard found.hasMore, let last = found.items.last else { break }
            page.position = .after(last.name)
        }
        return Answer(.ok, EnvironmentOut(eventTypes: eventTypes, createdAt: request.now))
    }

    /// Everything is checked before anything is written. Each type is durable for itself; an import that was broken off can be
    /// repeated.
    private func take(_ request: APIRequest) async throws -> Answer {
        let read = try eventTypes(in: request)
        try await request.putEventTypes(read.map { name, input in (name, { input.replace(&$0) }) })
        return .noContent
    }

    private func eventTypes(in request: APIRequest) throws(ValidationError) -> [(String, EventTypeIn)] {
        let bodies = try request.readBody { reader in
            if reader.optional("settings", .map(of: .raw))?.isEmpty == false {
                reader.fail("settings", "This server has no settings of an environment. Leave them out, or give null.")
            }
            if reader.optional("connectors", .array(of: .raw))?.isEmpty == false {
                reader.fail("connectors", "This server has no connectors. Leave them out, or give [].")
            }
            return reader.optional("eventTypes", .array(of: .rawObject)) ?? []
        }
        var read: [(String, EventTypeIn)] = []
        var errors: [FieldError] = []
        for (index, body) in bodies.enumerated() {
            do throws(ValidationError) {
                var reader = try JSONReader(body, path: ["body", "eventTypes", "\(index)"])
                let name = reader.required("name", .name)
                let input = EventTypeIn(&reader)
                try reader.finish()
                read.append((name, input))
            } catch {
                errors += error.errors
            }
        }
        guard errors.isEmpty else { throw ValidationError(errors: Array(errors.prefix(Limits.requestErrors))) }
        return read
    }
}

private struct EnvironmentOut: JSONWritable {
    let eventTypes: [EventType]
    let createdAt: Instant

    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.field("version", 1)
            writer.field("createdAt", createdAt)
            writer.array("eventTypes") { writer in
                for eventType in eventTypes { EventTypeOut(eventType).write(to: &writer) }
            }
            writer.name("settings")
            writer.null()
            writer.array("connectors") { _ in }
        }
    }
}
