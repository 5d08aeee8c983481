import GodwitCore
import GodwitStore

/// The attempts of a delivery that are still to come, if all of them fail. Without chance, which moves each wait a little.
enum RemainingSchedule {
    /// - Parameters:
    ///   - policy: the retry policy of the message's type at its endpoint.
    ///   - now: when an attempt that is in flight is taken to end.
    /// - Returns: at most `Limits.scheduleShown` times; none for a delivery that has come to an end.
    static func times(
        _ machine: DeliveryStateMachine, of message: Message, _ policy: RetryPolicy, at now: Instant
    ) -> [Instant] {
        var times: [Instant]
        var last: Instant
        switch machine.state {
        case .waiting(let due):
            times = [due]
            last = due
            // An attempt by hand stands before the schedule, and leaves it as it is.
            if let resume = machine.resume {
                guard case .waiting(let scheduled) = resume else { return times }
                times.append(scheduled)
                last = scheduled
            }
        case .inFlight:
            if case .delivered? = machine.resume { return [] }
            times = []
            last = now
        case .delivered, .exhausted, .cancelled: return []
        }
        let made = machine.scheduledAttempts + 1
        for wait in policy.remaining(afterAttempts: made, atMost: Limits.scheduleShown - times.count) {
            last = last + wait
            times.append(last)
        }
        let lastDue = lastDue(of: message, policy)
        return times.filter { $0 <= lastDue }
    }

    /// After which no attempt is made.
    static func lastDue(of message: Message, _ policy: RetryPolicy) -> Instant {
        let first = message.timing.deliverAt ?? message.createdAt
        let limits = [policy.maxAge.map { first + $0 }, message.timing.doNotDeliverAfter, message.payloadExpiresAt]
        return limits.compactMap(\.self).min() ?? .distantFuture
    }
}
