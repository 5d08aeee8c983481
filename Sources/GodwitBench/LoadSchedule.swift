import GodwitCore

/// When to publish what. Times are nanoseconds of the monotonic clock, and arguments.
///
/// - Unpaced: whoever asks publishes at once, so the answers set the pace.
/// - Paced: publish `n` is due at `start + n / rate`, whatever the server does. What is late keeps the time at which it was
///   due, so that a stall counts in the latency of everything that it held up.
package struct LoadSchedule: Sendable {
    package enum Pace: Hashable, Sendable {
        case unpaced
        case perSecond(Int)
    }

    package enum Length: Hashable, Sendable {
        case time(Duration)
        /// Of measured events; those of the warm-up come before.
        case events(Int)
    }

    package struct Publish: Hashable, Sendable {
        package let sequence: Int
        /// When it is sent; for a paced load, when it should have been.
        package let sentAt: UInt64
        package let isMeasured: Bool
    }

    package enum Step: Hashable, Sendable {
        case publish(Publish)
        /// Nothing is due yet.
        case wait
        case finished
    }

    package let pace: Pace
    package let start: UInt64
    /// The end of the warm-up.
    package let measuredFrom: UInt64
    /// Nothing is due from then on.
    private let end: UInt64
    /// When what was due before, and found no free connection, is given up.
    private let lateEnd: UInt64
    private let measuredMax: Int
    private var nextSequence = 0
    private var measured = 0

    package init(pace: Pace, warmUp: Duration, length: Length, start: UInt64) {
        self.pace = pace
        self.start = start
        measuredFrom = start + warmUp.nanoseconds
        switch length {
        case .time(let duration):
            end = measuredFrom + duration.nanoseconds
            lateEnd = end + (pace == .unpaced ? 0 : Limits.benchmarkLateness.nanoseconds)
            measuredMax = Limits.benchmarkEvents
        case .events(let count): (end, lateEnd, measuredMax) = (.max, .max, count)
        }
    }

    package mutating func next(at now: UInt64) -> Step {
        guard now < lateEnd, measured < measuredMax, nextSequence < Limits.benchmarkEvents else { return .finished }
        var sentAt = now
        if case .perSecond(let rate) = pace {
            sentAt = due(nextSequence, rate)
            guard sentAt < end else { return .finished }
            guard sentAt <= now else { return .wait }
        }
        let publish = Publish(sequence: nextSequence, sentAt: sentAt, isMeasured: sentAt >= measuredFrom)
        nextSequence += 1
        if publish.isMeasured { measured += 1 }
        return .publish(publish)
    }

    /// Publishes that were due before the end of a paced load, and for which no connection was free in time.
    package var neverSent: Int {
        guard case .perSecond(let rate) = pace, end < .max, measured < measuredMax else { return 0 }
        let wanted = (Double(end - start) * Double(rate) / 1e9).rounded(.up)
        return max(0, min(Limits.benchmarkEvents, Int(wanted)) - nextSequence)
    }

    private func due(_ sequence: Int, _ rate: Int) -> UInt64 {
        let (seconds, rest) = sequence.quotientAndRemainder(dividingBy: rate)
        return start + UInt64(seconds) * 1_000_000_000 + UInt64(rest) * 1_000_000_000 / UInt64(rate)
    }
}

extension Duration {
    /// Whole nanoseconds; none for negative ones.
    package var nanoseconds: UInt64 {
        let (seconds, attoseconds) = components
        return UInt64(max(0, seconds)) * 1_000_000_000 + UInt64(max(0, attoseconds) / 1_000_000_000)
    }
}
