/// The signature algorithms of RFC 9421 §3.3; the raw value is the name in its registry.
public enum HTTPSignatureAlgorithm: String, Hashable, Sendable, CaseIterable {
    case hmacSHA256 = "hmac-sha256"
    case ed25519
    case ecdsaP256SHA256 = "ecdsa-p256-sha256"
    case ecdsaP384SHA384 = "ecdsa-p384-sha384"
    case rsaPSSSHA512 = "rsa-pss-sha512"
    case rsaPKCS1SHA256 = "rsa-v1_5-sha256"

    var asymmetric: PublicKey.Algorithm? {
        switch self {
        case .hmacSHA256: nil
        case .ed25519: .ed25519
        case .ecdsaP256SHA256: .ecdsaP256(isDER: false)
        case .ecdsaP384SHA384: .ecdsaP384(isDER: false)
        case .rsaPSSSHA512: .rsaPSS(.sha512)
        case .rsaPKCS1SHA256: .rsaPKCS1(.sha256)
        }
    }
}

/// What a receiver asks of an HTTP message signature (RFC 9421 §1.4, §3.2): the standard leaves it to the application.
public struct HTTPSignaturePolicy: Sendable, Hashable {
    /// Components that must be covered, by name; `@authority` is also met by `@target-uri`.
    public var requiredComponents: [String]
    /// The `tag` that must be there; nil: any or none.
    public var tag: String?
    /// Whether `created` must be there. When it is there, it must be fresh in any case.
    public var requiresCreated: Bool

    /// A policy of your own.
    public init(requiredComponents: [String], tag: String? = nil, requiresCreated: Bool = true) {
        self.requiredComponents = requiredComponents.map { $0.lowercased() }
        self.tag = tag
        self.requiresCreated = requiresCreated
    }

    /// For webhooks: that the body, where it goes and the message's identifier are signed, and when.
    public static let webhooks = HTTPSignaturePolicy(
        requiredComponents: ["@method", "@authority", "content-digest", "webhook-id"], tag: "webhook")
    /// Whatever the signer chose to cover. A valid signature may then cover next to nothing: look at the grade.
    public static let anyComponents = HTTPSignaturePolicy(requiredComponents: [], requiresCreated: false)
}
