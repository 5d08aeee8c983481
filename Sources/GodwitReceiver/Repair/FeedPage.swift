import GodwitCore
public import GodwitSignature

/// A part of an endpoint's feed, as Godwit's `GET …/feed` answers.
public struct FeedPage: Sendable {
    /// Ascending.
    public var items: [FeedItem]
    /// The greatest sequence number that the endpoint was given; 0: none.
    public var head: Int64
    /// `after` of the next request. Greater than the last item's when the feed has forgotten all that lay between.
    public var next: Int64
    /// The first number that is there, when the feed has forgotten what lay between `after` and it; nil when it has forgotten nothing.
    public var first: Int64?

    /// A page of your own transport.
    public init(items: [FeedItem], head: Int64, next: Int64, first: Int64? = nil) {
        self.items = items
        self.head = head
        self.next = next
        self.first = first
    }

    /// Reads the body of an answer.
    public init(json bytes: [UInt8]) throws(FeedFailure) {
        let json: JSONValue
        do throws(JSONError) { json = try JSONValue.parse(bytes) } catch { throw .malformed("it is no JSON") }
        guard case .array(let data)? = json["data"], let head = json["head"]?.sequence, let next = json["next"]?.sequence else {
            throw .malformed("it lacks data, head or next")
        }
        items = try data.map { item throws(FeedFailure) in try FeedItem(item) }
        self.head = head
        self.next = next
        first = json["first"]?.sequence
    }
}

/// One place in a feed.
public struct FeedItem: Sendable {
    /// What is left of it.
    public enum Content: Sendable {
        /// As a push would have it, signed when it was fetched.
        case request(WebhookRequest)
        /// Nothing: `expired` or `cancelled`.
        case gone(String)
    }

    /// From 1, without a gap.
    public var sequence: Int64
    /// The message's identifier.
    public var id: String
    /// What is left of it.
    public var content: Content
    /// When the sender wants it to be delivered, in seconds since 1970; nil: as soon as possible. It isn't handled before.
    public var deliverAtSeconds: Int64?

    /// An item of your own transport.
    public init(sequence: Int64, id: String, content: Content, deliverAtSeconds: Int64? = nil) {
        self.sequence = sequence
        self.id = id
        self.content = content
        self.deliverAtSeconds = deliverAtSeconds
    }

    init(_ json: JSONValue) throws(FeedFailure) {
        guard let sequence = json["sequence"]?.sequence, sequence > 0, case .string(let id)? = json["id"] else {
            throw .malformed("an item lacks its sequence or id")
        }
        self.sequence = sequence
        self.id = id
        deliverAtSeconds = try Self.deliverAt(json, sequence)
        if case .string(let reason)? = json["gone"] {
            content = .gone(reason)
            return
        }
        guard case .object(let members)? = json["headers"], let body = Self.body(json) else {
            throw .malformed("item \(sequence) lacks headers or body")
        }
        var headers = WebhookHeaders()
        for member in members {
            if case .string(let value) = member.value { headers.append(member.name, value) }
        }
        content = .request(WebhookRequest(headers: headers, body: body))
    }

    private static func deliverAt(_ json: JSONValue, _ sequence: Int64) throws(FeedFailure) -> Int64? {
        switch json["deliverAt"] {
        case nil, .null?: return nil
        case .string(let text)?:
            // Handled too early would be a mistake that nobody can undo.
            guard let instant = RFC3339.parse(text) else { break }
            return (instant.millisecondsSince1970 + 999) / 1000
        default: break
        }
        throw .malformed("the time of item \(sequence) is no time")
    }

    private static func body(_ json: JSONValue) -> [UInt8]? {
        if case .string(let text)? = json["body"] { return Array(text.utf8) }
        if case .string(let text)? = json["bodyBase64"] { return Base64.decode(text, padding: .required) }
        return nil
    }
}

/// What is wrong with a feed.
public enum FeedFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// Its answer isn't understood.
    case malformed(String)
    /// It answered with this status.
    case status(Int)
    /// It can't be reached, or gave up half way.
    case unreachable(String)
    /// An item isn't genuine by the receiver's own secret.
    case notGenuine(sequence: Int64, VerificationError)
    /// The receiver couldn't process an item; it will be fetched again.
    case notProcessed(sequence: Int64)

    /// For people.
    public var description: String {
        switch self {
        case .malformed(let problem): "the feed's answer is not understood: \(problem)"
        case .status(let status): "the feed answered with \(status)"
        case .unreachable(let problem): "the feed can't be reached: \(problem)"
        case .notGenuine(let sequence, let error): "item \(sequence) of the feed is not genuine: \(error)"
        case .notProcessed(let sequence): "item \(sequence) of the feed could not be processed now"
        }
    }
}

/// Asks for a feed; make your own for another HTTP client.
public protocol FeedTransport: Sendable {
    /// `GET …/feed?after=&limit=&wait=`.
    /// - Parameters:
    ///   - limit: 1 to 250.
    ///   - waitSeconds: 0 to 30, for an item when there is none.
    func page(after: Int64, limit: Int, waitSeconds: Int) async throws -> FeedPage
    /// `HEAD …/feed`: `webhook-head`.
    func head() async throws -> Int64
}

extension JSONValue {
    fileprivate var sequence: Int64? {
        guard case .number(let text) = self, let number = Int64(text), (0..<Int64.max).contains(number) else { return nil }
        return number
    }
}
