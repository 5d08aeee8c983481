public import GodwitSignature

/// What to answer to the sender.
public struct WebhookResponse: Hashable, Sendable {
    /// The status code.
    public var status: Int
    /// Header fields, names in lower case.
    public var headers: [WebhookHeaders.Field]
    /// The body; never repeats anything of the request but a handshake's challenge.
    public var body: [UInt8]

    /// An answer without a body, unless one is given.
    public init(status: Int, headers: [WebhookHeaders.Field] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    init(_ handshake: HandshakeResponse) {
        self.init(status: handshake.status, headers: handshake.headers, body: handshake.body)
    }

    static func text(_ status: Int, _ text: String, also headers: [WebhookHeaders.Field] = []) -> WebhookResponse {
        WebhookResponse(
            status: status, headers: [.init("content-type", "text/plain; charset=utf-8")] + headers, body: Array(text.utf8))
    }

    static func retryLater(_ text: String, afterSeconds: Int = ReceiverLimits.retryAfterSeconds) -> WebhookResponse {
        .text(503, text, also: [.init("retry-after", String(afterSeconds))])
    }
}

/// What a handler throws when it knows how the sender should take it. Any other error is answered with 500.
public enum WebhookRejection: Error, Hashable, Sendable {
    /// 503 with `Retry-After`: try again.
    case retryLater(afterSeconds: Int)
    /// 422: no attempt will ever succeed.
    case unprocessable(String)
    /// 410: nobody wants these webhooks any more. Many senders disable the endpoint.
    case gone

    var response: WebhookResponse {
        switch self {
        case .retryLater(let seconds): .retryLater("not now", afterSeconds: max(0, seconds))
        case .unprocessable(let reason): .text(422, reason)
        case .gone: .text(410, "gone")
        }
    }
}
