package import GodwitCore

/// What the sender hands back for each attempt, exactly once.
package struct AttemptReport: Hashable, Sendable {
    package var outcome: AttemptOutcome
    package var timings: AttemptTimings
    /// The request went over a connection that had served one before.
    package var connectionReused: Bool

    package init(outcome: AttemptOutcome, timings: AttemptTimings, connectionReused: Bool) {
        self.outcome = outcome
        self.timings = timings
        self.connectionReused = connectionReused
    }
}
