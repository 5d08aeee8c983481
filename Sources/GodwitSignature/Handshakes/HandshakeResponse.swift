/// What to answer to a handshake.
public struct HandshakeResponse: Hashable, Sendable {
    /// The status code.
    public var status: Int
    /// Header fields; `content-type` among them when there is a body.
    public var headers: [WebhookHeaders.Field]
    /// The body; never HTML, so that a browser shows no challenge as a page.
    public var body: [UInt8]

    /// An answer without a body, unless one is given.
    public init(status: Int, headers: [WebhookHeaders.Field] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    static func text(_ text: String, also headers: [WebhookHeaders.Field] = []) -> HandshakeResponse {
        HandshakeResponse(
            status: 200, headers: [.init("content-type", "text/plain"), .init("x-content-type-options", "nosniff")] + headers,
            body: Array(text.utf8))
    }

    static func json(_ json: [UInt8]) -> HandshakeResponse {
        HandshakeResponse(status: 200, headers: [.init("content-type", "application/json")], body: json)
    }

    static let refused = HandshakeResponse(status: 403)
    static let malformed = HandshakeResponse(status: 400)
}

/// A request that is a handshake, and what it asks of the receiver.
public enum Handshake: Hashable, Sendable {
    /// Answer this. When `afterVerification`, only if the request's signature was verified before; otherwise with what the
    /// `VerificationError` says: Discord sends wrong signatures on purpose, and expects 401.
    case answer(HandshakeResponse, afterVerification: Bool)
    /// Verify the request, then get this URL, which is one of the provider's, and answer 200 (Amazon SNS).
    case confirm(url: String)
}

/// What a receiver allows in handshakes.
public struct HandshakePolicy: Hashable, Sendable {
    /// CloudEvents: senders (`WebHook-Request-Origin`) that may deliver; `*` for any; empty: none.
    public var allowedOrigins: [String]
    /// CloudEvents: requests per minute that a sender may make; nil: as many as it asked for.
    public var allowedRatePerMinute: Int?
    /// CloudEvents: the methods in `Allow`.
    public var allowedMethods: [String]
    /// WebSub: topics (`hub.topic`) whose subscription is confirmed; nil: any.
    public var topics: [String]?

    /// By default any CloudEvents sender may deliver, and any topic is confirmed: the endpoint's URL is what was registered.
    public init(
        allowedOrigins: [String] = ["*"], allowedRatePerMinute: Int? = nil, allowedMethods: [String] = ["POST"],
        topics: [String]? = nil
    ) {
        self.allowedOrigins = allowedOrigins
        self.allowedRatePerMinute = allowedRatePerMinute
        self.allowedMethods = allowedMethods
        self.topics = topics
    }
}
