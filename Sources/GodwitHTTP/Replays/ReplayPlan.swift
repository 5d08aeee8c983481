import GodwitCore
import GodwitStore

/// What a replay would do.
struct ReplayPlan: Hashable, Sendable, JSONWritable {
    let count: Int
    /// False when there are more than were counted.
    let countIsComplete: Bool
    /// nil when nothing is known of how fast the endpoint is.
    let estimatedSeconds: Int?

    /// - Parameter counted: as many as `limit` means that there may be more.
    init(counted: Int, limit: Int, perSecond: Double?) {
        count = counted
        countIsComplete = counted < limit
        estimatedSeconds = perSecond.flatMap { rate in
            rate > 0 ? Int((Double(counted) / rate).rounded(.up)) : nil
        }
    }

    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.field("count", count)
            writer.field("countIsComplete", countIsComplete)
            writer.field("estimatedSeconds", estimatedSeconds)
        }
    }

    /// How many messages a second can be expected: the pace, the endpoint's rate limit, and what its last attempts show, whichever
    /// is slowest.
    ///
    /// - Parameter concurrency: requests that may be on the wire at a time.
    static func rate(
        pace: Int?, _ limit: RateLimit, recent: [AttemptTimings], concurrency: Int?
    ) -> Double? {
        var rates = [
            pace.map(Double.init), limit.perSecond.map(Double.init), limit.perMinute.map { Double($0) / 60 },
            limit.perHour.map { Double($0) / 3600 },
        ]
        let microseconds = recent.reduce(0) { $0 + Double($1.total) } / Double(max(1, recent.count))
        if microseconds > 0, let concurrency, concurrency > 0 {
            let atOnce = min(concurrency, limit.concurrent ?? concurrency)
            rates.append(Double(atOnce) * 1_000_000 / microseconds)
        }
        return rates.compactMap(\.self).min()
    }
}
