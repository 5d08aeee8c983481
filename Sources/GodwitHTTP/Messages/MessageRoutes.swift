import GodwitCore
import GodwitEngine
import GodwitStore
import HTTPTypes

struct MessageRoutes {
    var routes: [Route] {
        [
            Route(.get, "/app/{app_id}/msg", .application, list),
            Route(.post, "/app/{app_id}/msg", .lane),
            Route(.get, "/app/{app_id}/msg/{msg_id}", .application, get),
            Route(.post, "/app/{app_id}/msg/precheck/active", .application, precheck),
            Route(.post, "/app/{app_id}/msg/bulk-expunge", .organization, expungeMany),
            Route(.delete, "/app/{app_id}/msg/{msg_id}/content", .organization, expunge),
            Route(.post, "/app/{app_id}/msg/{msg_id}/cancel", .organization, cancel),
            Route(.post, "/app/{app_id}/msg/{msg_id}/endpoint/{endpoint_id}/resend", .application, resend),
        ]
    }

    private func list(_ request: APIRequest) async throws -> Answer {
        let (filter, page, withContent) = try request.readQuery { query in
            let filter = query.messageFilter()
            let page = query.timePage(MessageKind.self, before: filter.before, after: filter.after)
            return (filter, page, query.bool("with_content", default: true))
        }
        let application = try request.application().application.id.key
        let found = try await request.engine.read { store throws(StoreError) in
            try store.messages(application: application, filter, page)
        }
        return Answer(
            .ok,
            ListAnswer(found, of: MessageKind.self, iterator: \.id.description) {
                MessageOut(message: $0, withContent: withContent)
            })
    }

    private func get(_ request: APIRequest) async throws -> Answer {
        let withContent = try request.readQuery { $0.bool("with_content", default: true) }
        return Answer(.ok, MessageOut(message: try await request.message(), withContent: withContent))
    }

    /// Whether any endpoint would get such a message now.
    private func precheck(_ request: APIRequest) async throws -> Answer {
        let (type, channels) = try request.readBody { reader in
            (
                reader.required("eventType", .name),
                reader.set("channels", of: .channel, atMost: Limits.channels).value ?? []
            )
        }
        let endpoints = try request.application().endpoints
        return Answer(.ok, ["active": endpoints.contains { $0.endpoint.wants(eventType: type, channels: channels) }])
    }

    private func expunge(_ request: APIRequest) async throws -> Answer {
        let application = try request.application().application.id.key
        let reference = try request.reference("msg_id", MessageKind.self)
        guard try await request.engine.expungeMessages(application: application, [reference]) == [true] else {
            throw Problem.notFound
        }
        return .noContent
    }

    private func expungeMany(_ request: APIRequest) async throws -> Answer {
        let application = try request.application().application.id.key
        let names = try request.readBody { $0.set("ids", of: .name, atMost: Limits.requestItems).value ?? [] }
        let named = names.compactMap { name in Reference(name, MessageKind.self).map { (name: name, reference: $0) } }
        let found = try await request.engine.expungeMessages(application: application, named.map(\.reference))
        var statuses = Dictionary(uniqueKeysWithValues: names.map { ($0, "not-found") })
        for (name, isFound) in zip(named.map(\.name), found) where isFound { statuses[name] = "expunged" }
        return Answer(.ok, ["results": statuses])
    }

    /// What is on the wire already may arrive; nothing further is sent.
    private func cancel(_ request: APIRequest) async throws -> Answer {
        let application = try request.application().application.id.key
        let reference = try request.reference("msg_id", MessageKind.self)
        let cancelled = try await request.engine.cancelMessage(application: application, reference)
        return Answer(.ok, ["cancelled": cancelled])
    }

    private func resend(_ request: APIRequest) async throws -> Answer {
        let message = try await request.message()
        let endpoint = try await request.endpoint()
        guard message.payload != nil else {
            throw Problem(
                .badRequest, "missing_payload", "Unable to resend message. Payload is missing (probably expired).")
        }
        if endpoint.disabled {
            throw Problem(
                .badRequest, "endpoint_disabled", "The endpoint is disabled. Enable it first, with PATCH {\"disabled\": false}."
            )
        }
        switch try await request.engine.resend(DeliveryKey(message: message.id.key, endpoint: endpoint.id.key)) {
        case .due, .alreadyInFlight: return Answer(.accepted, json: Array("{}".utf8))
        case .refused: throw Problem(.badRequest, "delivery_cancelled", "The delivery was cancelled.")
        }
    }
}

extension APIRequest {
    /// The message in the path, by its identifier or its event id.
    func message() async throws -> Message {
        let application = try application().application.id.key
        let reference = try reference("msg_id", MessageKind.self)
        let found = try await engine.read { store throws(StoreError) in
            try store.message(application: application, reference)
        }
        guard let found else { throw Problem.notFound }
        return found
    }
}

extension QueryReader {
    mutating func messageFilter() -> MessageFilter {
        MessageFilter(
            eventTypes: eventTypes(), channel: channel(), tag: tag(), before: instant("before"), after: instant("after"))
    }

    mutating func eventTypes() -> [String]? { list("event_types", expecting: "names of event types", Name.isValid) }

    mutating func channel() -> String? {
        value("channel", expecting: NameRule.channel) { Name.isValidChannel($0) ? $0 : nil }
    }

    mutating func tag() -> String? { value("tag", expecting: NameRule.tag) { NameRule.isValidTag($0) ? $0 : nil } }
}
