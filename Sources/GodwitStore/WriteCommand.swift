package import GodwitCore

/// One thing to write. Commands of a batch are carried out in order, in one transaction.
package enum WriteCommand: Sendable {
    /// Answered by `.published`.
    case publish(NewMessage)
    /// Moves a delivery that is in flight under the transition's lease, and adds the attempt to history. Writing it twice, or after
    /// another node took the delivery over, leaves the delivery alone. Answered by `.moved`.
    case move(Transition, AttemptRecord?)
    /// Answered by `.claimed`.
    case claim(Claim)
    /// Answered by `.catalog`. A refusal (conflict, not found) undoes this command alone.
    case catalog(CatalogCommand)
}

package enum WriteResult: Sendable {
    case published(PublishResult)
    /// False when the delivery was not as the transition expected: a late result. The attempt is history all the same.
    case moved(Bool)
    case claimed(ClaimedDeliveries)
    case catalog(Result<CatalogResult, StoreError>)
}

/// A message to be stored with its deliveries.
package struct NewMessage: Sendable {
    package let message: Message
    package let idempotency: IdempotencyKey?
    /// `EndpointID.key` and how its delivery begins: in flight under a lease, or waiting.
    package let deliveries: [(endpoint: Int64, machine: DeliveryStateMachine)]

    package init(
        message: Message, idempotency: IdempotencyKey?, deliveries: [(endpoint: Int64, machine: DeliveryStateMachine)]
    ) {
        self.message = message
        self.idempotency = idempotency
        self.deliveries = deliveries
    }
}

package enum PublishResult: Hashable, Sendable {
    /// Stored; one gapless sequence number for each delivery, in their order.
    case stored(sequences: [Int64])
    /// The same idempotency key was used before for the same request: that message stands, nothing was stored.
    case repeated(message: Int64)
    /// The same idempotency key was used before for another request: nothing was stored.
    case idempotencyMismatch
    /// The application has a message with this event id: nothing was stored.
    case duplicateEventID
}

/// A caller's `Idempotency-Key`, as it is remembered.
package struct IdempotencyKey: Hashable, Sendable {
    /// First 16 bytes of a hash over caller, path and key.
    package let scope: Fingerprint
    /// First 16 bytes of a hash over the request's body.
    package let request: Fingerprint

    package struct Fingerprint: Hashable, Sendable {
        package let high: UInt64
        package let low: UInt64
        package init(high: UInt64, low: UInt64) {
            self.high = high
            self.low = low
        }
    }

    package init(scope: Fingerprint, request: Fingerprint) {
        self.scope = scope
        self.request = request
    }
}

/// Takes up to `limit` deliveries of an endpoint that are due, oldest due first, and no further one after those whose payloads
/// make `Limits.claimedPayloadBytes`.
package struct Claim: Hashable, Sendable {
    package let endpoint: Int64
    package let limit: Int
    package let lease: Lease

    package init(endpoint: Int64, limit: Int, lease: Lease) {
        self.endpoint = endpoint
        self.limit = limit
        self.lease = lease
    }
}

package struct ClaimedDeliveries: Sendable {
    /// In flight under the claim's lease. Deliveries whose payload has expired are not among them: they were cancelled.
    package let deliveries: [HeldDelivery]
    /// When the next one that was left is due; nil when none waits.
    package let nextDue: Instant?

    package init(deliveries: [HeldDelivery], nextDue: Instant?) {
        self.deliveries = deliveries
        self.nextDue = nextDue
    }
}
