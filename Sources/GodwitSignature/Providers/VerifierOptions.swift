/// What a receiver decides for itself about one provider.
public struct VerifierOptions: Sendable {
    /// How far a timestamp may lie from now.
    public enum Tolerance: Hashable, Sendable {
        /// As the provider recommends; see `SignatureScheme.toleranceSeconds`.
        case recommended
        /// Seconds, into the past and into the future, but for schemes whose own libraries accept any future (Stripe).
        case seconds(Int64)
        /// Not looked at. For replays of recorded webhooks only.
        case any
    }

    /// How far a timestamp may lie from now.
    public var tolerance: Tolerance
    /// PayPal: the identifier of the webhook, which its signature covers.
    public var webhookID: String?
    /// RFC 9421: what must be covered, and how.
    public var httpSignatures: HTTPSignaturePolicy
    /// JSON Web Tokens: the `aud` that must be there; nil: any.
    public var audience: String?
    /// JSON Web Tokens: the `iss` that must be there; nil: any.
    public var issuer: String?

    /// The defaults are what a receiver should start with.
    public init(
        tolerance: Tolerance = .recommended, webhookID: String? = nil, httpSignatures: HTTPSignaturePolicy = .webhooks,
        audience: String? = nil, issuer: String? = nil
    ) {
        self.tolerance = tolerance
        self.webhookID = webhookID
        self.httpSignatures = httpSignatures
        self.audience = audience
        self.issuer = issuer
    }

    func toleranceSeconds(recommended: Int64?) -> Int64? {
        switch tolerance {
        case .recommended: recommended
        case .seconds(let seconds): seconds
        case .any: nil
        }
    }
}
