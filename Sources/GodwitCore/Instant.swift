/// A wall-clock moment in whole milliseconds since 1970-01-01T00:00:00Z.
///
/// The core never asks the machine for the time: every function that needs it takes an `Instant`.
package struct Instant: Hashable, Comparable, Sendable {
    package let millisecondsSince1970: Int64

    package init(millisecondsSince1970: Int64) { self.millisecondsSince1970 = millisecondsSince1970 }

    package static let distantPast = Instant(millisecondsSince1970: 0)
    package static let distantFuture = Instant(millisecondsSince1970: Int64.max / 2)

    package var secondsSince1970: Int64 { millisecondsSince1970 / 1000 }

    package static func < (left: Instant, right: Instant) -> Bool {
        left.millisecondsSince1970 < right.millisecondsSince1970
    }

    /// Saturates at `distantFuture`, so that a huge delay can't wrap around into the past.
    package static func + (instant: Instant, delay: Duration) -> Instant {
        let (sum, overflow) = instant.millisecondsSince1970.addingReportingOverflow(delay.wholeMilliseconds)
        return overflow || sum > distantFuture.millisecondsSince1970
            ? distantFuture : Instant(millisecondsSince1970: sum)
    }

    package static func - (later: Instant, earlier: Instant) -> Duration {
        .milliseconds(later.millisecondsSince1970 - earlier.millisecondsSince1970)
    }
}

extension Duration {
    /// Rounded down; saturates for spans beyond what 64 bits of milliseconds hold.
    package var wholeMilliseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1000)
        return overflow ? (seconds < 0 ? .min / 4 : .max / 4) : product + attoseconds / 1_000_000_000_000_000
    }
}
