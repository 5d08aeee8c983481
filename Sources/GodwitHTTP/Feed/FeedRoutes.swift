import GodwitCore
import GodwitEngine
import GodwitStore
import HTTPTypes

/// An endpoint's deliveries in their order, for clients that pull, or that missed something.
struct FeedRoutes {
    static let path = EndpointRoutes.path + "/feed"

    var routes: [Route] {
        [
            Route(.get, Self.path, .application, get),
            Route(.head, Self.path, .application, head),
        ]
    }

    private func head(_ request: APIRequest) async throws -> Answer {
        let key = try await request.endpoint().id.key
        let head = try await request.engine.read { store throws(StoreError) in try store.feedHead(endpoint: key) }
        return .head(.feed(head: head))
    }

    private func get(_ request: APIRequest) async throws -> Answer {
        let asked = try FeedRequest(request)
        let endpoint = try await request.endpoint()
        if asked.isStream { return try await FeedStream(request, endpoint, after: asked.after).answer() }
        let found = try await look(request, asked, endpoint)
        var headers = try request.engine.pullHeaders(of: endpoint)
        let page = try FeedPage(found, after: asked.after, &headers, at: request.engine.now)
        return Answer(.ok, page, reserving: page.items.count * 1024 + 64, headers: .feed(head: page.head))
    }

    /// At once, or when there is something, or when the client's patience is over.
    private func look(
        _ request: APIRequest, _ asked: FeedRequest, _ endpoint: Endpoint
    ) async throws -> (head: Int64, entries: [FeedEntry]) {
        let engine = request.engine
        let key = endpoint.id.key
        var found = try await engine.feed(endpoint: key, after: asked.after, limit: asked.limit)
        guard found.head <= asked.after, asked.wait > .zero else { return found }
        guard let waiter = engine.joinFeed(key) else { throw Problem.tooManyWaiters }
        let deadline = engine.now + asked.wait
        var goesOn = true
        while true {
            found = try await engine.feed(endpoint: key, after: asked.after, limit: asked.limit)
            guard request.caller.isStillLetIn(by: engine) else { throw Problem.unauthenticated }
            guard goesOn, found.head <= asked.after, engine.now < deadline else { return found }
            goesOn = await engine.wait(waiter, atMost: deadline - engine.now)
            guard engine.catalogue.endpoint(key) != nil else { throw Problem.notFound }
        }
    }
}

extension HTTPFields {
    /// Tells a client, with every answer, how far the feed goes.
    static func feed(head: Int64) -> HTTPFields {
        var fields: HTTPFields = [.cacheControl: "no-store"]
        if let name = HTTPField.Name("webhook-head") { fields[name] = String(head) }
        return fields
    }
}
