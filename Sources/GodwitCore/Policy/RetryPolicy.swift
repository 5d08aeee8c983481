/// When a failed delivery is tried again, and for how long.
package struct RetryPolicy: Hashable, Sendable {
    package var waits: RetryWaits
    /// How far chance moves a wait to either side: 0...1.
    package var jitter: Double
    /// How long after the first attempt was due no further one is made. nil: the waits alone decide.
    package var maxAge: Duration?
    /// The name under which it was chosen.
    package var preset: RetryPreset?

    package init(
        _ waits: RetryWaits, jitter: Double = RetrySchedule.jitter, maxAge: Duration? = nil, preset: RetryPreset? = nil
    ) {
        self.waits = waits
        self.jitter = jitter
        self.maxAge = maxAge
        self.preset = preset
    }

    package init(_ schedule: RetrySchedule) { self.init(.schedule(schedule)) }

    /// The wait after `attempts` finished attempts, moved by chance; nil when there is no further one.
    package func delay(afterAttempts attempts: Int, using random: inout some RandomNumberGenerator) -> Duration? {
        guard let wait = waits.wait(afterAttempts: attempts) else { return nil }
        return jitter == 0 ? wait : wait * Double.random(in: (1 - jitter)...(1 + jitter), using: &random)
    }

    /// What is still to come after `attempts` finished attempts, without chance: at most `limit` waits.
    package func remaining(afterAttempts attempts: Int, atMost limit: Int) -> [Duration] {
        var waits: [Duration] = []
        var sum: Duration = .zero
        while waits.count < limit, let wait = self.waits.wait(afterAttempts: max(1, attempts + waits.count)) {
            sum += wait
            if let maxAge, sum > maxAge { break }
            waits.append(wait)
        }
        return waits
    }
}

package enum RetryWaits: Hashable, Sendable {
    /// As listed: `n` waits make `n + 1` attempts.
    case schedule(RetrySchedule)
    /// `base · factor^(n-1)` after attempt `n`, at most `cap`, for at most `maxAttempts` attempts.
    case exponential(base: Duration, factor: Double, cap: Duration, maxAttempts: Int)

    func wait(afterAttempts attempts: Int) -> Duration? {
        guard attempts >= 1 else { return nil }
        switch self {
        case .schedule(let schedule):
            return attempts <= schedule.delays.count ? schedule.delays[attempts - 1] : nil
        case .exponential(let base, let factor, let cap, let maxAttempts):
            guard attempts < maxAttempts else { return nil }
            var wait = base
            for _ in 1..<max(1, attempts) where wait < cap { wait = wait * factor }
            return min(wait, cap)
        }
    }
}

/// Schedules that others have made known.
package enum RetryPreset: String, Hashable, Sendable, CaseIterable {
    /// The specification's suggestion: 5 s, 5 m, 30 m, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h.
    case standardWebhooks = "standard-webhooks"
    /// 5 s, 5 m, 30 m, 2 h, 5 h, 10 h, 10 h.
    case svix
    /// Growing waits for three days.
    case stripeLike = "stripe-like"
    /// 1, 4, 16, 64, 256, 1024 and 4096 minutes.
    case toss
    /// Quick at first, for half an hour: 1 s, 2 s, 4 s … 512 s, 512 s.
    case aggressive

    package var policy: RetryPolicy {
        switch self {
        case .standardWebhooks: Self.hours(5.0 / 3600, 5.0 / 60, 0.5, 2, 5, 10, 14, 20, 24, preset: self)
        case .svix: RetryPolicy(.schedule(.standard), preset: self)
        case .stripeLike: Self.hours(1.0 / 60, 5.0 / 60, 0.5, 1, 3, 6, 12, 12, 12, 12, 12, preset: self)
        case .toss: Self.hours(1.0 / 60, 4.0 / 60, 16.0 / 60, 64.0 / 60, 256.0 / 60, 1024.0 / 60, 4096.0 / 60, preset: self)
        case .aggressive:
            RetryPolicy(
                .exponential(base: .seconds(1), factor: 2, cap: .seconds(512), maxAttempts: 12), preset: self)
        }
    }

    private static func hours(_ hours: Double..., preset: RetryPreset) -> RetryPolicy {
        let delays = hours.map { Duration.seconds(Int64(($0 * 3600).rounded())) }
        // Toss states its waits to the minute, so chance doesn't move them.
        return RetryPolicy(
            .schedule(RetrySchedule(delays: delays)), jitter: preset == .toss ? 0 : RetrySchedule.jitter, preset: preset)
    }
}
