/// The waits between attempts. `n` waits make `n + 1` attempts.
///
/// The standard one:
///
/// | after attempt | wait | since the first |
/// |---------------|------|-----------------|
/// | 1             | 5 s  | 5 s             |
/// | 2             | 5 m  | 5 m 5 s         |
/// | 3             | 30 m | 35 m 5 s        |
/// | 4             | 2 h  | 2 h 35 m        |
/// | 5             | 5 h  | 7 h 35 m        |
/// | 6             | 10 h | 17 h 35 m       |
/// | 7             | 10 h | 27 h 35 m       |
package struct RetrySchedule: Hashable, Sendable {
    package let delays: [Duration]

    package init(delays: [Duration]) { self.delays = delays }

    package static let standard = RetrySchedule(
        delays: [
            .seconds(5), .seconds(300), .seconds(1800), .seconds(7200), .seconds(18_000), .seconds(36_000), .seconds(36_000),
        ])

    /// How far chance moves a wait to either side, so that deliveries which failed together don't return together.
    package static let jitter = 0.2

    /// Reads `5s,5m,30m,2h`: numbers with a unit of `ms`, `s`, `m`, `h` or `d`. The empty text is one attempt without retries.
    package init(parsing text: String) throws(RetryScheduleError) {
        var delays: [Duration] = []
        if !text.trimmingSpaces.isEmpty {
            for part in text.split(separator: ",", omittingEmptySubsequences: false) {
                guard let delay = Duration(parsing: part) else { throw RetryScheduleError(part: String(part)) }
                delays.append(delay)
            }
        }
        guard delays.count <= Limits.retries else { throw RetryScheduleError(part: nil) }
        self.init(delays: delays)
    }
}

package struct RetryScheduleError: Error, Hashable, CustomStringConvertible {
    /// The part that is no wait; nil when there are too many.
    let part: String?

    package var description: String {
        if let part {
            "'\(part)' is not a wait: write a whole number and a unit (ms, s, m, h, d), separated by commas, like 5s,5m,30m"
        } else {
            "a retry schedule has at most \(Limits.retries) waits"
        }
    }
}

extension Duration {
    /// Reads `250ms`, `15s`, `5m`, `2h`, `1d`; at most 365 days. nil for anything else.
    package init?(parsing text: some StringProtocol) {
        let text = text.trimmingSpaces
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard !digits.isEmpty, let number = Int64(digits) else { return nil }
        let unit: Int64
        switch text.dropFirst(digits.count) {
        case "ms": unit = 1
        case "s": unit = 1000
        case "m": unit = 60_000
        case "h": unit = 3_600_000
        case "d": unit = 86_400_000
        default: return nil
        }
        let (milliseconds, overflow) = number.multipliedReportingOverflow(by: unit)
        guard !overflow, milliseconds <= 365 * 86_400_000 else { return nil }
        self = .milliseconds(milliseconds)
    }
}
