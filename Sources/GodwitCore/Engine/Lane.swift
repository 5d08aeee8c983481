/// What the engine knows of one endpoint. Bounded: a queue of at most `Limits.heldDeliveriesPerEndpoint`, everything else is in
/// the store. A reference, so that one look-up serves a whole step; it never leaves the core.
final class Lane {
    let endpoint: Int64
    var disabled: Bool
    /// Ready to be sent, oldest first.
    var queue = DeliveryQueue()
    /// Payload bytes of what is queued and on the wire.
    var heldBytes = 0
    /// Requests on the wire.
    var inFlight = 0
    /// Earliest delivery that waits in the store; nil when none is known. While a claim is on its way: of those noted since.
    var nextDue: Instant?
    /// The entry of this lane in the heap of due lanes that comes first.
    var heapDue: Instant?
    /// A claim is on its way; room for what it may bring is set aside.
    var claiming = false
    /// Fresh deliveries are left in the store until its backlog is worked off, so that memory stays bounded.
    var overflowing = false
    /// Stands in the ring of lanes that have something to send.
    var inRing = false
    /// Stands in the ring of those that have something to send and nothing on the wire.
    var inIdleRing = false

    init(endpoint: Int64, disabled: Bool) {
        self.endpoint = endpoint
        self.disabled = disabled
    }

    var held: Int { queue.count + inFlight }

    var isFull: Bool {
        held >= Limits.heldDeliveriesPerEndpoint || heldBytes >= Limits.heldPayloadBytesPerEndpoint
    }

    func canSend(limit: Int) -> Bool { !disabled && !queue.isEmpty && inFlight < limit }

    /// How many deliveries a claim may bring; 0 when none is to be made now.
    func claimable(at now: Instant) -> Int {
        guard !disabled, !claiming, let nextDue, nextDue <= now else { return 0 }
        guard heldBytes + Limits.claimedPayloadBytes <= Limits.heldPayloadBytesPerEndpoint else { return 0 }
        // Half a window at a time: a claim per freed place would cost one transaction per delivery.
        let room = Limits.heldDeliveriesPerEndpoint - held
        return room >= Limits.heldDeliveriesPerEndpoint / 2 ? min(room, Limits.claimedDeliveries) : 0
    }
}
