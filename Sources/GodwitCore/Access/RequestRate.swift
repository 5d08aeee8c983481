/// Requests of one caller, within so many per second; a second's worth may come at once.
///
/// The state is one moment, the generic cell rate algorithm's theoretical arrival time (ITU-T I.371): when the caller would be back at rest.
package struct RequestRate: Hashable, Sendable {
    /// Nanoseconds of time from one request to the next.
    private let interval: Int64
    private static let burst: Int64 = 1_000_000_000

    /// - Parameter perSecond: 1...1,000,000
    package init(perSecond: Int) { interval = Self.burst / Int64(min(max(perSecond, 1), 1_000_000)) }

    package enum Verdict: Hashable, Sendable {
        case admitted
        /// After so many whole seconds one more is admitted; at least 1.
        case refused(retryAfterSeconds: Int64)
    }

    /// - Parameters:
    ///   - rest: nanoseconds at which the caller is at rest; 0 for one that was never seen. Only moved by what is admitted.
    ///   - now: nanoseconds on any clock that doesn't run backwards.
    package func admit(_ rest: inout Int64, at now: Int64) -> Verdict {
        let next = max(rest, now) + interval
        guard next - now > Self.burst else {
            rest = next
            return .admitted
        }
        return .refused(retryAfterSeconds: max(1, (next - now - Self.burst + 999_999_999) / 1_000_000_000))
    }
}
