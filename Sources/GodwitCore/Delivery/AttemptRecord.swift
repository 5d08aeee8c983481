/// One finished attempt, as history keeps it.
package struct AttemptRecord: Hashable, Sendable {
    package let id: AttemptID
    package let delivery: DeliveryKey
    /// `Application.id.key`
    package let application: Int64
    /// From 1, over all attempts of the delivery.
    package let number: Int
    package let trigger: AttemptTrigger
    package let startedAt: Instant
    package let timings: AttemptTimings
    package let outcome: AttemptOutcome
    package let succeeded: Bool
    /// When the next attempt is due, if there is one.
    package let nextAttempt: Instant?
    /// The URL at that time.
    package let url: String

    package init(
        id: AttemptID, delivery: DeliveryKey, application: Int64, number: Int, trigger: AttemptTrigger, startedAt: Instant,
        timings: AttemptTimings, outcome: AttemptOutcome, succeeded: Bool, nextAttempt: Instant?, url: String
    ) {
        self.id = id
        self.delivery = delivery
        self.application = application
        self.number = number
        self.trigger = trigger
        self.startedAt = startedAt
        self.timings = timings
        self.outcome = outcome
        self.succeeded = succeeded
        self.nextAttempt = nextAttempt
        self.url = url
    }
}
