import GodwitCore
import GodwitEngine
import GodwitStore
import HTTPTypes
import Hummingbird
import NIOCore

/// A feed as Server-Sent Events (WHATWG HTML §9.2).
struct FeedStream: Sendable {
    private static let pageItems = 50

    private let engine: DeliveryEngine
    private let endpoint: Int64
    private let caller: Caller
    private let after: Int64
    private let waiter: FeedWaiter

    /// - Throws: 429 when too many wait already.
    init(_ request: APIRequest, _ endpoint: Endpoint, after: Int64) throws(Problem) {
        let engine = request.engine
        guard let waiter = engine.joinFeed(endpoint.id.key) else { throw .tooManyWaiters }
        self.engine = engine
        self.endpoint = endpoint.id.key
        caller = request.caller
        self.after = after
        self.waiter = waiter
    }

    func answer() async throws -> Answer {
        let key = endpoint
        var headers = HTTPFields.feed(
            head: try await engine.read { store throws(StoreError) in try store.feedHead(endpoint: key) })
        headers[.contentType] = "text/event-stream"
        // Else nginx keeps events until its buffer is full.
        if let name = HTTPField.Name("x-accel-buffering") { headers[name] = "no" }
        return .stream(AnswerStream { writer in try await write(to: &writer) }, headers: headers)
    }

    /// One page at a time: the next is read when the connection has taken this one.
    @concurrent private func write(to writer: inout any ResponseBodyWriter) async throws {
        let end = engine.now + .seconds(Limits.feedStreamSeconds)
        let heartbeat = Duration.seconds(Limits.feedHeartbeatSeconds)
        var after = after
        var lastWrite = engine.now
        var goesOn = true
        // So that clients know at once that they are connected, and how far the feed goes.
        try await writer.write(Self.heartbeat(head: try await engine.feed(endpoint: endpoint, after: .max, limit: 1).head))
        // Its secrets and headers may change meanwhile.
        while goesOn, engine.now < end, let current = engine.catalogue.endpoint(endpoint)?.endpoint {
            let found = try await engine.feed(endpoint: endpoint, after: after, limit: Self.pageItems)
            // Asked after each wait: who was shut out meanwhile is told nothing more.
            guard caller.isStillLetIn(by: engine) else { break }
            var headers = try engine.pullHeaders(of: current)
            let page = try FeedPage(found, after: after, &headers, at: engine.now)
            after = page.next
            for item in page.items { try await writer.write(Self.event(item)) }
            if !page.items.isEmpty { lastWrite = engine.now }
            guard after >= found.head else { continue }
            let silence = engine.now - lastWrite
            goesOn = await engine.wait(waiter, atMost: heartbeat - silence)
            if engine.now - lastWrite >= heartbeat, caller.isStillLetIn(by: engine) {
                try await writer.write(Self.heartbeat(head: found.head))
                lastWrite = engine.now
            }
        }
        try await writer.finish(nil)
    }

    private static func event(_ item: FeedItem) -> ByteBuffer {
        var json = JSONWriter(reserving: 1024)
        item.write(to: &json)
        return ByteBuffer(
            bytes: Array("id: \(item.sequence)\nevent: \(item.eventType)\ndata: ".utf8) + json.finish() + Array("\n\n".utf8))
    }

    private static func heartbeat(head: Int64) -> ByteBuffer {
        ByteBuffer(string: "event: head\ndata: {\"head\":\(head)}\n\n")
    }
}
