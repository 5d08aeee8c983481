import GodwitCore

/// How a backlog of retries is built so that all of them are due together.
package struct BacklogPlan: Hashable, Sendable {
    /// Events to publish: those whose first attempt succeeds are no retries.
    package let events: Int
    /// The retry schedule's waits.
    package let waitSeconds: Int

    /// - Parameter perSecond: deliveries that were measured on this machine.
    package init(retries: Int, layout: EndpointLayout, perSecond: Double) {
        let each = SinkScript.successEach
        let deliveries = (retries * each + each - 2) / (each - 1)
        events = (deliveries * layout.applications + layout.endpoints - 1) / layout.endpoints
        // Twice the time that it takes when all goes well, for a failure costs more than a success; and the schedule's own luck may
        // shorten a wait by a fifth.
        let building = 2 * Double(deliveries) / max(1, perSecond)
        let wait = building / (1 - RetrySchedule.jitter) + 2
        let allowed = Limits.benchmarkRetryWait
        waitSeconds = wait < Double(allowed.upperBound) ? max(allowed.lowerBound, Int(wait)) : allowed.upperBound
    }

    /// From the last first attempt: luck may lengthen a wait, too.
    package var secondsUntilAllAreDue: Int { Int((Double(waitSeconds) * (1 + RetrySchedule.jitter)).rounded(.up)) + 1 }
}
