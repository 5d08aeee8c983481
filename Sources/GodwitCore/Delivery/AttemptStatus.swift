/// How the API sees one attempt, or a delivery. The raw values are those of the API.
package enum AttemptStatus: Int, Hashable, Sendable, CaseIterable {
    case success = 0
    case pending = 1
    case fail = 2
    /// Failed, and another attempt is due.
    case sending = 3
    /// Of deliveries, not of attempts: a list of attempts by it is empty.
    case canceled = 4
}

extension DeliveryStateMachine {
    /// As the API counts it.
    package var status: AttemptStatus {
        switch state {
        case .waiting, .inFlight: attempts == 0 ? .pending : .sending
        case .delivered: .success
        case .exhausted: .fail
        case .cancelled: .canceled
        }
    }
}
