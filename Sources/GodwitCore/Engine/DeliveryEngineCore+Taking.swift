// What the engine holds in memory: bounded for each lane and in all, by number and by bytes.

extension DeliveryEngineCore {
    mutating func accepted(_ deliveries: [HeldDelivery], at now: Instant, _ effects: inout [Effect]) {
        // Those of a former life were taken over.
        for delivery in deliveries where delivery.machine.state == .inFlight(lease) {
            guard let lane = lanes[delivery.endpoint] else {
                // Its endpoint was deleted while the message was on its way here.
                giveUp([delivery], at: now, cancelling: true, &effects)
                continue
            }
            guard !stopping, !lane.disabled, lane.ownership != .foreign, !isFull(lane) else {
                // The publisher heard of it too late: the store keeps the delivery instead.
                giveUp([delivery], at: now, cancelling: false, &effects)
                noteWaiting(lane, due: now)
                setOverflowing(lane, true, &effects)
                continue
            }
            take(delivery, into: lane, at: now)
            if isFull(lane) { setOverflowing(lane, true, &effects) }
            enterRing(lane, at: now)
        }
    }

    func isFull(_ lane: Lane) -> Bool { lane.isFull || !hasMemory(for: lane, bytes: 0) }

    /// What endpoints with large backlogs hold must not keep others from holding anything.
    func hasMemory(for lane: Lane, bytes: Int) -> Bool {
        heldBytes + bytes < Limits.heldPayloadBytes * (lane.held == 0 ? 2 : 1)
    }

    mutating func take(_ delivery: HeldDelivery, into lane: Lane, at now: Instant) {
        heldBytes += delivery.payloadBytes
        lane.heldBytes += delivery.payloadBytes
        lane.queue.append(delivery, at: now)
    }

    mutating func letGo(_ deliveries: [HeldDelivery], of lane: Lane?) {
        let bytes = deliveries.reduce(0) { $0 + $1.payloadBytes }
        heldBytes -= bytes
        lane?.heldBytes -= bytes
    }

    func setOverflowing(_ lane: Lane, _ overflowing: Bool, _ effects: inout [Effect]) {
        guard lane.overflowing != overflowing else { return }
        lane.overflowing = overflowing
        effects.append(.overflow(endpoint: lane.endpoint, overflowing))
    }

    mutating func empty(_ lane: Lane) -> [HeldDelivery] {
        let queued = lane.queue.removeAll()
        letGo(queued, of: lane)
        return queued
    }

    func giveUp(_ deliveries: [HeldDelivery], at now: Instant, cancelling: Bool, _ effects: inout [Effect]) {
        let transitions = deliveries.compactMap { delivery -> Transition? in
            var machine = delivery.machine
            guard let lease = machine.holder else { return nil }
            let moved = cancelling ? machine.cancel(at: now) : machine.handBack(under: lease, at: now)
            guard moved else { return nil }
            return Transition(delivery: delivery.key, lease: lease, machine: machine, former: delivery.machine.status)
        }
        if !transitions.isEmpty { effects.append(.giveUp(transitions)) }
    }

    /// The store has cancelled it already.
    mutating func messageCancelled(_ message: Int64, _ endpoint: Int64, _ effects: inout [Effect]) {
        guard let lane = lanes[endpoint] else { return }
        letGo(lane.queue.remove(message: message), of: lane)
    }
}
