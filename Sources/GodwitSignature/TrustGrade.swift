/// What a successful check proves. The raw value is how the command line names it.
public enum TrustGrade: String, Hashable, Sendable, CaseIterable {
    /// A signature over the body: who sent it, and that nothing was changed.
    case signature
    /// A signature that doesn't cover (all of) the body: who sent it, not what. Refetch what you act on.
    case signatureWithoutBody
    /// A shared secret in a header: whoever has ever seen one delivery can forge the next. TLS is all that protects it.
    case sharedSecretInHeader
    /// A shared secret within the body: as above.
    case sharedSecretInBody
    /// Nothing was proved, because the sender gives nothing to check. Ask the sender's API before acting.
    case unverified

    /// Whether the body is what the sender wrote.
    public var coversBody: Bool {
        switch self {
        case .signature: true
        case .signatureWithoutBody, .sharedSecretInHeader, .sharedSecretInBody, .unverified: false
        }
    }
}
