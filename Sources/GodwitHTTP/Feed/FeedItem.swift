import GodwitCore
import GodwitEngine
import GodwitSignature
import GodwitStore

/// One delivery as a client reads it: what a push would have carried, with its place in the endpoint's order.
struct FeedItem: JSONWritable {
    private enum Content {
        case request(headers: [(name: String, value: String)], body: [UInt8])
        /// Nothing is left to read; it keeps its place, so that clients can prove that they missed nothing.
        case gone(String)
    }

    private let entry: FeedEntry
    private let content: Content

    init(_ entry: FeedEntry, _ headers: inout PullHeaders, at now: Instant) throws {
        self.entry = entry
        if case .cancelled = entry.delivery.machine.state {
            content = .gone("cancelled")
        } else if let body = entry.message.body, !entry.message.timing.isExpired(at: now) {
            let fields = try headers.headers(for: entry.message, body: body, sequence: entry.sequence, at: now)
            content = .request(headers: fields, body: body)
        } else {
            content = .gone("expired")
        }
    }

    var sequence: Int64 { entry.sequence }
    var eventType: String { entry.message.eventType }

    func write(to writer: inout JSONWriter) {
        let status = entry.delivery.machine.status
        writer.object { writer in
            writer.field("sequence", sequence)
            writer.field("id", entry.message.id)
            writer.field("eventType", eventType)
            writer.field("timestamp", entry.message.createdAt)
            writer.field("status", status.rawValue)
            writer.field("statusText", status.text)
            writer.field("deliverAt", ifPresent: entry.message.timing.deliverAt)
            switch content {
            case .gone(let reason): writer.field("gone", reason)
            case .request(let headers, let body):
                writer.name("headers")
                writer.headers(headers)
                if let text = String(validating: body, as: UTF8.self) {
                    writer.field("body", text)
                } else {
                    writer.field("bodyBase64", Base64.encode(body))
                }
            }
        }
    }
}

/// A part of a feed: `{"data": […], "head": …, "next": …, "done": …}`.
struct FeedPage: JSONWritable {
    let items: [FeedItem]
    let head: Int64
    /// `after` of the next request.
    let next: Int64
    /// The first number behind `after` that is still there, if some that were there are not.
    let first: Int64?

    init(_ found: (head: Int64, entries: [FeedEntry]), after: Int64, _ headers: inout PullHeaders, at now: Instant) throws {
        items = try found.entries.map { try FeedItem($0, &headers, at: now) }
        head = found.head
        // What was behind `after` and is no longer there must not be waited for.
        next = items.last?.sequence ?? max(after, head)
        let expected = after + 1
        let first = items.first?.sequence ?? next + 1
        self.first = first == expected ? nil : first
    }

    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.field("data", items)
            writer.field("head", head)
            writer.field("next", next)
            writer.field("done", next >= head)
            writer.field("first", ifPresent: first)
        }
    }
}
