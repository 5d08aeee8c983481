import GodwitCore
import GodwitEngine
import GodwitStore

/// Names a place in one endpoint's feed: `ep_…_42`.
enum PollerIterator {
    static func text(_ endpoint: EndpointID, _ position: Int64) -> String { "\(endpoint)_\(position)" }

    /// - Throws: 422 for what is none, or belongs to another endpoint.
    static func position(_ text: String, of endpoint: EndpointID) throws(Problem) -> Int64 {
        let prefix = "\(endpoint)_"
        guard text.hasPrefix(prefix), let position = Int64(text.dropFirst(prefix.count)), position >= 0,
            Self.text(endpoint, position) == text
        else { throw Problem(["query", "iterator"], "expected an iterator that this poller returned") }
        return position
    }
}

struct PollerPage: JSONWritable {
    let messages: [PollerMessage]
    let iterator: String
    let done: Bool

    init(_ scan: FeedScan, of endpoint: Endpoint, _ engine: DeliveryEngine) throws {
        var headers = try engine.pullHeaders(of: endpoint)
        let now = engine.now
        messages = try scan.entries.map { try PollerMessage($0, &headers, at: now) }
        iterator = PollerIterator.text(endpoint.id, scan.position)
        done = scan.isDone
    }

    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.field("data", messages)
            writer.field("iterator", iterator)
            writer.field("done", done)
        }
    }
}

/// A message with the headers of a push, so that its signature can be verified.
struct PollerMessage: JSONWritable {
    private static let expired = Array(#"{"expired":true}"#.utf8)

    private let message: Message
    private let headers: [(name: String, value: String)]?

    init(_ entry: FeedEntry, _ headers: inout PullHeaders, at now: Instant) throws {
        message = entry.message
        self.headers = try entry.message.body.map { body in
            try headers.headers(for: entry.message, body: body, sequence: entry.sequence, at: now)
        }
    }

    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.field("id", message.id)
            writer.field("eventId", message.eventID)
            writer.field("eventType", message.eventType)
            writer.name("payload")
            writer.raw(message.payload ?? Self.expired)
            writer.name("headers")
            if let headers { writer.headers(headers) } else { writer.null() }
            writer.field("channels", message.channels.isEmpty ? nil : message.channels)
            writer.field("tags", message.tags.isEmpty ? nil : message.tags)
            writer.field("timestamp", message.createdAt)
            writer.field("deliverAt", message.timing.deliverAt)
            // Without it there would be nothing to verify the signature with.
            message.writeRaw(to: &writer)
        }
    }
}

extension JSONWriter {
    mutating func headers(_ headers: [(name: String, value: String)]) {
        object { writer in
            for header in headers {
                writer.name(header.name)
                writer.string(header.value)
            }
        }
    }
}
