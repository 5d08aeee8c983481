/// Why a webhook was not accepted as genuine.
public enum VerificationError: Error, Hashable, Sendable {
    /// `webhook-id`, `webhook-timestamp` or `webhook-signature` is absent or empty.
    case missingHeader(String)
    /// `webhook-timestamp` is not a plain number of seconds.
    case malformedTimestamp
    /// Older than the tolerance: a replay, or a clock that is wrong.
    case timestampTooOld
    /// Further in the future than the tolerance.
    case timestampTooNew
    /// No item of `webhook-signature` is a signature of this content by one of the keys.
    case noMatchingSignature

    /// What to answer: 400 for what is no signed webhook at all, 401 for one that isn't proved genuine.
    public var responseStatus: Int {
        switch self {
        case .missingHeader, .malformedTimestamp: 400
        case .timestampTooOld, .timestampTooNew, .noMatchingSignature: 401
        }
    }
}

extension VerificationError: CustomStringConvertible {
    /// For people. Doesn't tell a forger what would have been right.
    public var description: String {
        switch self {
        case .missingHeader(let name): "the header \(name) is missing"
        case .malformedTimestamp: "the header webhook-timestamp is not a number of seconds"
        case .timestampTooOld: "the webhook is too old"
        case .timestampTooNew: "the webhook is from the future"
        case .noMatchingSignature: "no signature matches"
        }
    }
}
