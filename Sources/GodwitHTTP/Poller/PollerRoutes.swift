import GodwitCore
import GodwitEngine
import GodwitStore
import HTTPTypes

/// The poller of the SDKs: its `sink_id` is an endpoint.
struct PollerRoutes {
    static let path = "/app/{app_id}/poller/{sink_id}"
    private static let consumer = path + "/consumer/{consumer_id}"

    var routes: [Route] {
        [
            Route(.get, Self.path, .application, poll),
            Route(.get, Self.consumer, .application, pollAsConsumer),
            Route(.post, Self.consumer + "/seek", .application, seek),
        ]
    }

    private func poll(_ request: APIRequest) async throws -> Answer {
        let query = try request.readQuery { query in
            (
                limit: query.limit(), iterator: query.text("iterator"),
                filter: FeedFilter(
                    eventType: query.value("event_type", expecting: NameRule.name) { Name.isValid($0) ? $0 : nil },
                    channel: query.channel()), after: query.instant("after")
            )
        }
        let endpoint = try await request.endpoint("sink_id")
        let key = endpoint.id.key
        var position: Int64 = 0
        if let iterator = query.iterator {
            position = try PollerIterator.position(iterator, of: endpoint.id)
        } else if let after = query.after {
            position = try await request.engine.read { store throws(StoreError) in
                try store.feedPosition(endpoint: key, after: after)
            }
        }
        let scan = try await FeedScan(request.engine, endpoint: key, after: position, limit: query.limit, query.filter)
        return Answer(.ok, try PollerPage(scan, of: endpoint, request.engine))
    }

    /// An iterator says that everything before it was processed: it is kept before anything else is handed out.
    private func pollAsConsumer(_ request: APIRequest) async throws -> Answer {
        let query = try request.readQuery { query in (limit: query.limit(), iterator: query.text("iterator")) }
        let endpoint = try await request.endpoint("sink_id")
        let key = endpoint.id.key
        let name = try request.consumer("consumer_id")
        let position: Int64
        if let iterator = query.iterator {
            position = try PollerIterator.position(iterator, of: endpoint.id)
            try await request.move(name, of: endpoint, to: position)
        } else {
            position = try await request.engine.read { store throws(StoreError) in
                try store.consumer(endpoint: key, name: name)?.acknowledged ?? 0
            }
        }
        let scan = try await FeedScan(
            request.engine, endpoint: key, after: position, limit: query.limit, FeedFilter(eventType: nil, channel: nil))
        return Answer(.ok, try PollerPage(scan, of: endpoint, request.engine))
    }

    private func seek(_ request: APIRequest) async throws -> Answer {
        let after = try request.readBody { $0.required("after", .instant) }
        let endpoint = try await request.endpoint("sink_id")
        let key = endpoint.id.key
        let name = try request.consumer("consumer_id")
        let position = try await request.engine.read { store throws(StoreError) in
            try store.feedPosition(endpoint: key, after: after)
        }
        try await request.move(name, of: endpoint, to: position)
        return Answer(.ok, ["iterator": PollerIterator.text(endpoint.id, position)])
    }
}

extension APIRequest {
    /// The caller's name for a reader of a feed.
    func consumer(_ parameter: String) throws(Problem) -> String {
        let name = self.parameter(parameter)
        guard Name.isValid(name) else { throw Problem(["path", parameter], "expected \(NameRule.name)") }
        return name
    }

    func move(_ consumer: String, of endpoint: Endpoint, to position: Int64) async throws {
        _ = try await change(
            .consumer(.move(endpoint: endpoint.id.key, name: consumer, to: position)), conflict: .tooManyConsumers)
    }
}

extension Problem {
    static let tooManyConsumers = limitReached(
        "An endpoint can have \(Limits.consumers) consumers, and a consumer can acknowledge out of order in "
            + "\(Limits.consumerGaps) places.")
}
