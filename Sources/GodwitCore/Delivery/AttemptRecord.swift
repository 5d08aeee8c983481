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

    /// As it stands after what was answered to it was expunged.
    package var expunged: AttemptRecord {
        AttemptRecord(
            id: id, delivery: delivery, application: application, number: number, trigger: trigger, startedAt: startedAt,
            timings: timings, outcome: outcome.expunged, succeeded: succeeded, nextAttempt: nextAttempt, url: url)
    }
}

extension AttemptOutcome {
    /// What stands in the place of an answer that was expunged.
    package static let expungedText = "EXPUNGED"

    fileprivate var expunged: AttemptOutcome {
        switch self {
        case .responded(let response):
            .responded(
                ReceiverResponse(
                    status: response.status, retryAfter: response.retryAfter, body: Array(Self.expungedText.utf8)))
        case .failed(let failure): .failed(TransportFailure(failure.code, Self.expungedText))
        }
    }
}
