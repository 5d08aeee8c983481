/// What an attempt's outcome means for its delivery.
package enum AttemptVerdict: Hashable, Sendable {
    case delivered
    /// Try again, and not before `minimumDelay`, which the receiver may have asked for.
    case retry(minimumDelay: Duration)
    /// The receiver is gone for good: no further attempt, and its endpoint is disabled.
    case gone
}

/// Which answer means what.
///
/// | answer                         | meaning                                                          |
/// |--------------------------------|------------------------------------------------------------------|
/// | 200…299                        | delivered                                                        |
/// | 410                            | gone: the delivery is a dead letter, the endpoint is disabled    |
/// | any other status, also 3xx     | retry, not before `Retry-After` (at most `retryAfterMax`)        |
/// | no whole response              | retry                                                            |
package enum ResponseContract {
    /// A receiver can put us off for a day at most, however far its `Retry-After` lies.
    package static let retryAfterMax: Duration = .seconds(86_400)

    package static func verdict(on outcome: AttemptOutcome, at now: Instant) -> AttemptVerdict {
        switch outcome {
        case .failed: return .retry(minimumDelay: .zero)
        case .responded(let response):
            switch response.status {
            case 200..<300: return .delivered
            case 410: return .gone
            default:
                let asked = response.retryAfter?.delay(from: now) ?? .zero
                return .retry(minimumDelay: min(asked, retryAfterMax))
            }
        }
    }
}
