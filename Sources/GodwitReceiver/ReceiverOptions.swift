public import GodwitSignature

/// How a receiver behaves; the defaults suit a sender of Standard Webhooks.
public struct ReceiverOptions: Sendable {
    /// Where webhooks may come from; nil: from anywhere, the signature decides.
    public var sources: SourceAddresses?
    /// Answers the provider's handshakes; nil: those of the verifier's provider, as far as they need no secret.
    public var handshakes: HandshakeResponder?
    /// `https://hooks.example.com`: put before a request's path for schemes that sign the URL (Twilio, Square, RFC 9421).
    public var publicOrigin: String?
    /// Bytes of a body. Past it: 413.
    public var maxBodyBytes = ReceiverLimits.bodyBytes
    /// The status for an accepted webhook and for a duplicate. Some senders take only 200 for success.
    public var acceptedStatus = 200
    /// Webhooks that are handled at a time. Past it: 503 with `Retry-After`.
    public var maxConcurrentWebhooks = ReceiverLimits.concurrentWebhooks
    /// Gives the verifier of a request, where each account or order has a secret of its own (Toss Payments' virtual accounts). Nothing
    /// of the request may be believed yet; one that comes from a feed has no URL. nil: refused with 401; what it throws is answered as
    /// if a handler threw it. Without this the receiver's own verifier checks every request.
    public var chooseVerifier: (@Sendable (WebhookRequest) async throws -> ProviderVerifier?)?
    /// Asks the sender's API about a webhook that proves nothing, and says what to answer. nil: such webhooks are refused with 401.
    public var refetch: (@Sendable (UnverifiedWebhook) async throws -> WebhookResponse)?
    /// Gets a URL that confirms a subscription (Amazon SNS); it is one of the provider's, and the request was verified. nil: 403.
    public var confirmSubscription: (@Sendable (_ url: String) async throws -> Void)?
    /// Hears of every outcome, for logs and metrics. Never of secrets or bodies.
    public var observe: (@Sendable (WebhookOutcome) -> Void)?

    /// The defaults.
    public init() {}
}

/// What became of a request.
public enum WebhookOutcome: Sendable {
    /// The handler has run.
    case processed(key: String)
    /// It came before.
    case duplicate(key: String)
    /// A handshake was answered.
    case handshake
    /// Refused before the handler: the status, and why.
    case refused(status: Int, reason: String)
    /// The handler, or the store of identifiers, has failed.
    case failed(key: String, any Error)
}
