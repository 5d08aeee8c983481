/// One message on its way to one endpoint.
package struct DeliveryKey: Hashable, Sendable, Comparable {
    /// `MessageID.key`
    package let message: Int64
    /// `EndpointID.key`
    package let endpoint: Int64

    package init(message: Int64, endpoint: Int64) {
        self.message = message
        self.endpoint = endpoint
    }

    package static func < (left: DeliveryKey, right: DeliveryKey) -> Bool {
        (left.message, left.endpoint) < (right.message, right.endpoint)
    }
}

/// The right of one start of one node to move a delivery. A node that restarts gets another lease, so what its former life
/// still held is recognised as nobody's and taken over.
package struct Lease: Hashable, Sendable {
    /// Grows with every start; never reused.
    package let rawValue: Int64
    package init(rawValue: Int64) { self.rawValue = rawValue }
}

/// Where a delivery stands. Only `DeliveryStateMachine` names a next state.
package enum DeliveryState: Hashable, Sendable {
    /// In the store, in nobody's hands, to be attempted from `due` on. Exits:
    ///  - `inFlight` (claimed)
    ///  - `cancelled`
    case waiting(due: Instant)
    /// In the hands of the node that holds the lease: queued there or on the wire. Exits:
    ///  - `delivered`, `waiting`, `exhausted` (attempt finished)
    ///  - `waiting` (handed back, or the lease was lost)
    ///  - `cancelled`
    case inFlight(Lease)
    /// A receiver answered with success. Exit: `waiting` (resent by hand)
    case delivered(at: Instant)
    /// A dead letter: every attempt of the schedule failed, or the receiver refused for good. Exit: `waiting` (resent by hand)
    case exhausted(at: Instant)
    /// Its endpoint was deleted, or its message withdrawn. Exit: none
    case cancelled(at: Instant)

    package var isFinished: Bool {
        switch self {
        case .waiting, .inFlight: false
        case .delivered, .exhausted, .cancelled: true
        }
    }
}

/// What a delivery returns to when an attempt that was asked for by hand fails: a resend never worsens what was there.
package enum ResumePoint: Hashable, Sendable {
    case waiting(due: Instant)
    case delivered(at: Instant)
    case exhausted(at: Instant)
}
