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

/// Takes up to `limit` deliveries of an endpoint that are due, and no further one after those whose payloads make
/// `Limits.claimedPayloadBytes`.
///
/// First those that stand in no line, oldest due first. Then, line by line from the one behind `afterLine` on and round, those
/// that stand in one: from its head in the order of their sequence numbers, as long as they are waiting and due, at most
/// `Limits.claimedPerLine` of each. A line whose head is in flight, not due yet, or a dead letter that keeps its place gives
/// nothing. At most `Limits.linesPerClaim` lines are looked at for deliveries.
package struct Claim: Hashable, Sendable {
    package let endpoint: Int64
    package let limit: Int
    package let lease: Lease
    /// The last line that the claim before looked at; lines are in the order of their numbers.
    package let afterLine: Int64

    package init(endpoint: Int64, limit: Int, lease: Lease, afterLine: Int64 = .min) {
        self.endpoint = endpoint
        self.limit = limit
        self.lease = lease
        self.afterLine = afterLine
    }
}

package struct ClaimedDeliveries: Sendable {
    /// In flight under the claim's lease; those of one line in their order, one after the other. Deliveries whose payload or time
    /// has expired are not among them: they were cancelled.
    package let deliveries: [HeldDelivery]
    /// When the next one that could be claimed is due: of those in no line, and of the heads of lines that wait, also of lines
    /// that this claim had no room for. Of several that are due already, any. nil when nothing waits that could be claimed: what stands behind a head in flight can't.
    /// After `Limits.linesLookedAhead` further lines that are all held up, `Limits.linesPause` from now at the latest.
    package let nextDue: Instant?
    /// `afterLine` of the next claim: lines up to it give nothing now.
    package let lastLine: Int64

    package init(deliveries: [HeldDelivery], nextDue: Instant?, lastLine: Int64 = .min) {
        self.deliveries = deliveries
        self.nextDue = nextDue
        self.lastLine = lastLine
    }
}
