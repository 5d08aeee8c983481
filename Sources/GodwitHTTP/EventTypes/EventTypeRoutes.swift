import GodwitCore
import GodwitEngine
import GodwitStore
import HTTPTypes

struct EventTypeRoutes {
    private static let taken = Problem(.conflict, "event_type_exists", "An event_type with this name already exists")

    var routes: [Route] {
        [
            Route(.get, "/event-type", .anyone, list),
            Route(.post, "/event-type", .organization, create),
            Route(.get, "/event-type/{event_type_name}", .anyone, get),
            Route(.put, "/event-type/{event_type_name}", .organization, put),
            Route(.patch, "/event-type/{event_type_name}", .organization, patch),
            Route(.delete, "/event-type/{event_type_name}", .organization, delete),
        ]
    }

    private func list(_ request: APIRequest) async throws -> Answer {
        let (page, includeArchived, withContent) = try request.readQuery { query in
            (
                // Names are ordered as texts, whatever order is asked for.
                query.page(order: PageRequest<String>.Order.ascending, orderIsFixed: true) { Name.isValid($0) ? $0 : nil },
                query.bool("include_archived", default: false), query.bool("with_content", default: false)
            )
        }
        let organization = request.organization
        let found = try await request.engine.read { store throws(StoreError) in
            try store.eventTypes(organization, includeArchived: includeArchived, page)
        }
        return Answer(
            .ok,
            ListAnswer(found, iterator: \.name) { eventType in
                eventType.isVisible(to: request.caller) ? EventTypeOut(eventType, withSchemas: withContent) : nil
            })
    }

    private func create(_ request: APIRequest) async throws -> Answer {
        let (name, input) = try request.readBody { ($0.required("name", .name), EventTypeIn(&$0)) }
        guard let existing = try await find(request, name) else { return try await insert(request, name, input) }
        guard existing.archived else { throw Self.taken }
        // An archived name is free to be used again.
        return Answer(.created, try await change(request, name) { input.replace(&$0) })
    }

    private func get(_ request: APIRequest) async throws -> Answer {
        guard let eventType = try await find(request, request.parameter("event_type_name")),
            eventType.isVisible(to: request.caller)
        else { throw Problem.notFound }
        return Answer(.ok, EventTypeOut(eventType))
    }

    private func put(_ request: APIRequest) async throws -> Answer {
        let name = request.parameter("event_type_name")
        if let complaint = NameRule.complaint(name) { throw Problem(["path", "event_type_name"], complaint) }
        let input = try request.readBody(EventTypeIn.init)
        if try await find(request, name) == nil {
            do {
                return try await insert(request, name, input)
            } catch let problem as Problem where problem == Self.taken {
                // Another request has just created it.
            }
        }
        return Answer(.ok, try await change(request, name) { input.replace(&$0) })
    }

    private func patch(_ request: APIRequest) async throws -> Answer {
        let input = try request.readBody(EventTypePatch.init)
        return Answer(.ok, try await change(request, request.parameter("event_type_name")) { input.apply(to: &$0) })
    }

    private func delete(_ request: APIRequest) async throws -> Answer {
        let name = request.parameter("event_type_name")
        if try request.readQuery({ $0.bool("expunge", default: false) }) {
            _ = try await request.change(.expungeEventType(request.organization, name: name))
        } else {
            _ = try await change(request, name) { $0.archived = true }
        }
        return .noContent
    }

    private func find(_ request: APIRequest, _ name: String) async throws(StoreError) -> EventType? {
        let organization = request.organization
        return try await request.engine.read { store throws(StoreError) in try store.eventType(organization, name: name) }
    }

    private func insert(_ request: APIRequest, _ name: String, _ input: EventTypeIn) async throws -> Answer {
        var eventType = EventType(
            organization: request.organization, name: name, description: "", createdAt: request.now, updatedAt: request.now)
        input.replace(&eventType)
        _ = try await request.change(.insertEventType(eventType), conflict: Self.taken)
        return Answer(.created, EventTypeOut(eventType))
    }

    private func change(
        _ request: APIRequest, _ name: String, _ edit: @escaping @Sendable (inout EventType) -> Void
    ) async throws -> EventTypeOut {
        let now = request.now
        let command = CatalogCommand.changeEventType(request.organization, name: name) { eventType in
            edit(&eventType)
            eventType.updatedAt = now
        }
        guard case .eventType(let changed) = try await request.change(command) else { throw Problem.serverError }
        return EventTypeOut(changed)
    }
}

extension EventType {
    /// A type behind feature flags isn't for the application's own eyes, unless its token names one of them.
    func isVisible(to caller: Caller) -> Bool {
        guard caller.application != nil, !featureFlags.isEmpty else { return true }
        return featureFlags.contains(where: caller.featureFlags.contains)
    }
}
