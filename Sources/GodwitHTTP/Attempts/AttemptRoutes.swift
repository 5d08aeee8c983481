import GodwitCore
import GodwitEngine
import GodwitStore
import HTTPTypes

struct AttemptRoutes {
    var routes: [Route] {
        [
            Route(.get, "/app/{app_id}/attempt/endpoint/{endpoint_id}", .application, listByEndpoint),
            Route(.get, "/app/{app_id}/attempt/msg/{msg_id}", .application, listByMessage),
            Route(.get, EndpointRoutes.path + "/msg", .application, listMessages),
            Route(.get, "/app/{app_id}/msg/{msg_id}/attempt/{attempt_id}", .application, get),
            Route(.delete, "/app/{app_id}/msg/{msg_id}/attempt/{attempt_id}/content", .organization, expunge),
        ]
    }

    private func listByEndpoint(_ request: APIRequest) async throws -> Answer {
        let endpoint = try await request.endpoint()
        return try await list(request, AttemptFilter(subject: .endpoint(endpoint.id.key)))
    }

    private func listByMessage(_ request: APIRequest) async throws -> Answer {
        let message = try await request.message()
        var filter = AttemptFilter(subject: .message(message.id.key))
        if let text = try request.readQuery({ $0.text("endpoint_id") }) {
            guard let reference = Reference(text, EndpointKind.self),
                let endpoint = try await request.findEndpoint(try request.application().application, reference)
            else { throw Problem.notFound }
            filter.endpoint = endpoint.id.key
        }
        return try await list(request, filter)
    }

    private func get(_ request: APIRequest) async throws -> Answer {
        let message = try await request.message()
        let reference = try request.reference("attempt_id", AttemptKind.self)
        let found = try await request.engine.read { store throws(StoreError) in
            try store.attempt(message: message.id.key, reference)
        }
        guard let found, let shown = try await shown([found], request, withContent: true).first else {
            throw Problem.notFound
        }
        return Answer(.ok, shown)
    }

    /// Messages that go, or went, to the endpoint, each with how that stands.
    private func listMessages(_ request: APIRequest) async throws -> Answer {
        let endpoint = try await request.endpoint().id.key
        let (filter, page, withContent, expanded) = try request.readQuery { query in
            let filter = EndpointMessageFilter(messages: query.messageFilter(), status: query.status())
            let page = query.timePage(MessageKind.self, before: filter.messages.before, after: filter.messages.after)
            return (
                filter, page, query.bool("with_content", default: true), query.bool("expanded_statuses", default: false)
            )
        }
        let found = try await request.engine.read { store throws(StoreError) in
            try store.endpointMessages(endpoint: endpoint, filter, page)
        }
        return Answer(
            .ok,
            ListAnswer(found, of: MessageKind.self, iterator: \.message.id.description) { row in
                EndpointMessageOut(row: row, withContent: withContent, expandsStatuses: expanded)
            })
    }

    /// What the receiver answered, or why it did not.
    private func expunge(_ request: APIRequest) async throws -> Answer {
        let message = try await request.message().id.key
        let reference = try request.reference("attempt_id", AttemptKind.self)
        _ = try await request.change(.content(.expungeAttempt(message: message, reference)))
        return .noContent
    }

    private func list(_ request: APIRequest, _ filter: AttemptFilter) async throws -> Answer {
        let (filter, page, withContent, withMessage) = try request.readQuery { query in
            let filter = query.attemptFilter(filter)
            let page = query.timePage(AttemptKind.self, before: filter.before, after: filter.after)
            // No attempt is ever cancelled, so there is nothing to expand.
            _ = query.bool("expanded_statuses", default: false)
            return (filter, page, query.bool("with_content", default: true), query.bool("with_msg", default: false))
        }
        let found = try await request.engine.read { store throws(StoreError) in try store.attempts(filter, page) }
        let shown = try await shown(found.items, request, withContent: withContent, withMessages: withMessage)
        return Answer(
            .ok,
            ListAnswer(
                Page(items: shown, hasMore: found.hasMore, end: found.end), of: AttemptKind.self,
                iterator: \.record.id.description
            ) { $0 })
    }

    /// Attempts with the whole identifiers of what they belong to.
    private func shown(
        _ records: [AttemptRecord], _ request: APIRequest, withContent: Bool, withMessages: Bool = false
    ) async throws -> [AttemptOut] {
        let identities = try await AttemptIdentities.find(records, request, withMessages: withMessages)
        return records.compactMap { AttemptOut($0, identities, withContent: withContent) }
    }
}

extension QueryReader {
    fileprivate mutating func status() -> AttemptStatus? {
        value("status", expecting: "0, 1, 2, 3 or 4") { Int($0).flatMap(AttemptStatus.init) }
    }

    fileprivate mutating func attemptFilter(_ filter: AttemptFilter) -> AttemptFilter {
        var filter = filter
        filter.status = status()
        filter.statusClass = value("status_code_class", expecting: "0, 100, 200, 300, 400 or 500") { text in
            Int(text).flatMap { [0, 100, 200, 300, 400, 500].contains($0) ? $0 : nil }
        }
        filter.eventTypes = eventTypes()
        filter.channel = channel()
        filter.tag = tag()
        filter.before = instant("before")
        filter.after = instant("after")
        return filter
    }
}
