/// A delivery that this node holds under its lease: slim, because its payload is shared with the message's other deliveries.
package struct HeldDelivery: Sendable {
    package let message: Message
    /// `EndpointID.key`
    package let endpoint: Int64
    /// Gapless per endpoint, from 1.
    package let sequence: Int64
    package internal(set) var machine: DeliveryStateMachine

    package init(message: Message, endpoint: Int64, sequence: Int64, machine: DeliveryStateMachine) {
        self.message = message
        self.endpoint = endpoint
        self.sequence = sequence
        self.machine = machine
    }

    package var key: DeliveryKey { DeliveryKey(message: message.id.key, endpoint: endpoint) }
    /// From 1: what the next attempt is called in `webhook-attempt`.
    package var attemptNumber: Int { machine.attempts + 1 }
    var payloadBytes: Int { message.contentBytes }
}

/// A change of a delivery that the core decided and a store has to perform, if the delivery still stands as `lease` says.
package struct Transition: Hashable, Sendable {
    package let delivery: DeliveryKey
    /// The store changes nothing unless the delivery is in flight under this lease.
    package let lease: Lease
    package let machine: DeliveryStateMachine
    /// How it stood before, by which statistics take it off what they counted.
    package let former: AttemptStatus

    package init(delivery: DeliveryKey, lease: Lease, machine: DeliveryStateMachine, former: AttemptStatus) {
        self.delivery = delivery
        self.lease = lease
        self.machine = machine
        self.former = former
    }
}
