package import GodwitCore

/// One item of an endpoint's feed: an event with its place in the order of that endpoint.
package struct FeedItem: Sendable {
    package let sequence: UInt64
    package let id: String
    package let eventType: String
    /// As a push would have them.
    package let headers: [EventHeader]
    package let body: [UInt8]
    /// Why there are no headers and no body any more: `expired` or `cancelled`.
    package let gone: String?
    /// As the server wrote it.
    package let json: JSONValue
}

/// A header as it came. Not a dictionary: names may come twice, and keep their case and order.
package struct EventHeader: Hashable, Sendable {
    package let name: String
    package let value: String

    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// An answer of the feed.
package struct FeedPage: Sendable {
    package let items: [FeedItem]
    /// The greatest sequence number that the endpoint was given.
    package let head: UInt64

    package init(_ json: JSONValue) throws(FeedError) {
        guard case .array(let items)? = json["data"], let head = json["head"]?.count else {
            throw .malformed("neither data nor head")
        }
        var read: [FeedItem] = []
        for item in items { read.append(try FeedItem(item)) }
        self.items = read
        self.head = head
    }

    /// Proves that nothing lies between what was asked for and what came.
    package func check(after: UInt64) throws(FeedError) {
        guard head >= after else { throw .headBehind(head: head, after: after) }
        var last = after
        for item in items {
            guard item.sequence == last + 1 else { throw .gap(expected: last + 1, came: item.sequence) }
            last = item.sequence
        }
        guard last <= head else { throw .malformed("item \(last) is beyond the head \(head)") }
        // Asked again at once, and again, it would say the same.
        guard !items.isEmpty || head == after else {
            throw .malformed("it goes up to \(head), and nothing after \(after) came")
        }
    }
}

/// What is wrong with a feed.
package enum FeedError: Error, Hashable, CustomStringConvertible {
    case malformed(String)
    case gap(expected: UInt64, came: UInt64)
    /// The server has forgotten what this client has seen: it was restored from a backup, or it is another server.
    case headBehind(head: UInt64, after: UInt64)

    package var description: String {
        switch self {
        case .malformed(let problem): "the feed's answer is not understood: \(problem)"
        case .gap(let expected, let came): "the feed has a gap: \(expected) was to come, and \(came) came"
        case .headBehind(let head, let after):
            "the endpoint's feed ends at \(head), before \(after), where this client stopped: the server was restored from a "
                + "backup, or it is another one. Start again with --after \(head), without the cursor file, once you know which"
        }
    }
}

extension FeedItem {
    init(_ json: JSONValue) throws(FeedError) {
        guard let sequence = json["sequence"]?.count, sequence > 0 else { throw .malformed("an item without a sequence") }
        guard case .string(let id)? = json["id"] else { throw .malformed("item \(sequence) has no id") }
        self.sequence = sequence
        self.id = id
        self.json = json
        eventType = json["eventType"]?.string ?? ""
        gone = json["gone"]?.string
        if case .object(let members)? = json["headers"] {
            headers = members.map { EventHeader($0.name, $0.value.string ?? "") }
        } else {
            headers = []
        }
        guard let body = EventBody.read(json) else {
            guard gone != nil else { throw .malformed("item \(sequence) has no body") }
            self.body = []
            return
        }
        self.body = body
    }
}

extension JSONValue {
    var string: String? { if case .string(let text) = self { text } else { nil } }
    /// A whole number that isn't negative.
    var count: UInt64? { if case .number(let text) = self { UInt64(text) } else { nil } }
}
