/// Why a webhook was not accepted as genuine.
public enum VerificationError: Error, Hashable, Sendable {
    /// A header or, for a scheme that signs within the body, a field that must be there is absent or empty.
    case missingHeader(String)
    /// The timestamp is not written as this scheme writes it.
    case malformedTimestamp
    /// The signature is not written as this scheme writes it.
    case malformedSignature
    /// Older than the tolerance, or expired: a replay, or a clock that is wrong.
    case timestampTooOld
    /// Further in the future than the tolerance.
    case timestampTooNew
    /// No signature is one of this content by one of the keys.
    case noMatchingSignature
    /// Signatures are there, but none of a version or algorithm that is accepted: perhaps a downgrade.
    case noKnownScheme
    /// A component that the signature covers is absent, or one that must be covered isn't (RFC 9421).
    case missingComponent(String)
    /// The body is not the one whose digest was signed.
    case bodyDigestMismatch
    /// The certificate's URL is not one of the sender's.
    case untrustedCertificateURL
    /// The body is not what this sender writes, so that its signature can't be found.
    case malformedBody
    /// A body, header or list is larger than `SignatureLimits` allows.
    case tooLarge(String)
    /// The scheme proves nothing; only `judge` passes such a webhook on.
    case unverifiable(refetch: String)

    /// What to answer: 400 for what is no signed webhook at all, 413 for one that is too large, 401 for one that isn't proved genuine.
    public var responseStatus: Int {
        switch self {
        case .missingHeader, .malformedTimestamp, .malformedSignature, .malformedBody: 400
        case .tooLarge: 413
        case .timestampTooOld, .timestampTooNew, .noMatchingSignature, .noKnownScheme, .missingComponent, .bodyDigestMismatch,
            .untrustedCertificateURL, .unverifiable:
            401
        }
    }

    /// For programs: one word per case.
    public var reason: String {
        switch self {
        case .missingHeader: "missing-header"
        case .malformedTimestamp, .malformedSignature: "malformed"
        case .timestampTooOld: "timestamp-too-old"
        case .timestampTooNew: "timestamp-too-new"
        case .noMatchingSignature: "no-match"
        case .noKnownScheme: "no-scheme"
        case .missingComponent: "missing-component"
        case .bodyDigestMismatch: "body-hash"
        case .untrustedCertificateURL: "untrusted-cert-url"
        case .malformedBody: "malformed-body"
        case .tooLarge: "too-large"
        case .unverifiable: "unverified"
        }
    }
}

extension VerificationError: CustomStringConvertible {
    /// For people. Doesn't tell a forger what would have been right.
    public var description: String {
        switch self {
        case .missingHeader(let name): "\(name) is missing"
        case .malformedTimestamp: "the timestamp is malformed"
        case .malformedSignature: "the signature is malformed"
        case .timestampTooOld: "the webhook is too old"
        case .timestampTooNew: "the webhook is from the future"
        case .noMatchingSignature: "no signature matches"
        case .noKnownScheme: "no signature is of an accepted version"
        case .missingComponent(let name): "\(name) is not there, or not covered by the signature"
        case .bodyDigestMismatch: "the body does not have the signed digest"
        case .untrustedCertificateURL: "the certificate's URL is not the sender's"
        case .malformedBody: "the body is not what this sender writes"
        case .tooLarge(let what): "\(what) is too large"
        case .unverifiable(let refetch): "this sender signs nothing here: \(refetch)"
        }
    }
}
