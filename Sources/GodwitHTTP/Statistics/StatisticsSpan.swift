import GodwitCore
import HTTPTypes

/// The time over which something is counted.
struct StatisticsSpan: Hashable, Sendable {
    let since: Instant
    let until: Instant
    /// How long it may be.
    let latest: Duration

    func check(at now: Instant) throws(Problem) {
        if since > until { throw invalid("`since` must not be after `until`.") }
        if until > now + Limits.statisticsTolerance { throw invalid("`until` must not be in the future.") }
        if since + latest + Limits.statisticsTolerance < until {
            throw invalid("The range must not be longer than \(latest.text).")
        }
    }

    private func invalid(_ detail: String) -> Problem { Problem(.badRequest, "invalid_range", detail) }

    /// Whole minutes; whole hours where minutes are no longer kept.
    func minutes(at now: Instant) -> Range<Int64> {
        let kept = now.minutesSince1970 - Limits.statisticsMinutesKept
        let first = since.minutesSince1970
        let end = (until + .milliseconds(59_999)).minutesSince1970
        return Self.range(first < kept ? Self.hour(first) : first, end < kept ? Self.hour(end + 59) : end)
    }

    /// Whole hours.
    var hours: Range<Int64> {
        let end = (until + .milliseconds(59_999)).minutesSince1970
        return Self.range(Self.hour(since.minutesSince1970), Self.hour(end + 59))
    }

    private static func hour(_ minute: Int64) -> Int64 { minute - minute % 60 }

    private static func range(_ first: Int64, _ end: Int64) -> Range<Int64> { first..<max(first, end) }
}
