// Work that waits in the store: one due time for each lane, however much it has there.

extension DeliveryEngineCore {
    private static let claimRetryDelay: Duration = .seconds(1)

    /// - Note: a disabled lane has no entry in the heap; it gets one when it is enabled.
    mutating func noteWaiting(_ lane: Lane, due: Instant) {
        guard lane.ownership != .foreign else {
            passing[lane.endpoint] = min(passing[lane.endpoint] ?? due, due)
            return
        }
        lane.nextDue = min(lane.nextDue ?? due, due)
        // One entry per lane unless an earlier one is needed: a million retries of one endpoint are one entry.
        guard !lane.disabled, !lane.claiming, due < lane.heapDue ?? .distantFuture else { return }
        lane.heapDue = due
        dueHeap.insert(.init(due: due, endpoint: lane.endpoint))
    }

    mutating func claimDue(at now: Instant, _ effects: inout [Effect]) {
        while let entry = dueHeap.first, entry.due <= now {
            _ = dueHeap.popFirst()
            guard let lane = lanes[entry.endpoint], lane.heapDue == entry.due else { continue }
            lane.heapDue = nil
            claimIfDue(lane, at: now, &effects)
        }
    }

    mutating func claimIfDue(_ lane: Lane, at now: Instant, _ effects: inout [Effect]) {
        let limit = mayBeSent(lane) ? lane.claimable(at: now) : 0
        guard limit > 0 else {
            // Without room the next finished request asks again; while a claim is on its way its answer does; and while nothing may
            // be sent there is no use in holding it.
            if case .later(let at) = lane.gate(at: now), lane.nextDue != nil { resume(lane, at: at) }
            return
        }
        guard hasMemory(for: lane, bytes: Limits.claimedPayloadBytes) else {
            return noteWaiting(lane, due: now + Self.claimRetryDelay)
        }
        heldBytes += Limits.claimedPayloadBytes
        lane.nextDue = nil
        lane.claiming = true
        effects.append(.claim(endpoint: lane.endpoint, limit: limit, afterLine: lane.lastLine))
    }

    mutating func claimed(
        _ endpoint: Int64, _ deliveries: [HeldDelivery], nextDue: Instant?, lastLine: Int64, at now: Instant,
        _ effects: inout [Effect]
    ) {
        heldBytes -= Limits.claimedPayloadBytes
        guard let lane = lanes[endpoint] else { return giveUp(deliveries, at: now, cancelling: true, &effects) }
        lane.claiming = false
        lane.lastLine = lastLine
        if let nextDue { noteWaiting(lane, due: nextDue) }
        // Those of a former life were taken over.
        let deliveries = deliveries.filter { $0.machine.state == .inFlight(lease) }
        if let noted = lane.nextDue { noteWaiting(lane, due: noted) }
        if stopping || lane.disabled || lane.ownership == .foreign {
            giveUp(deliveries, at: now, cancelling: false, &effects)
            if !deliveries.isEmpty { noteWaiting(lane, due: now) }
            return
        }
        for delivery in deliveries { take(delivery, into: lane, at: now) }
        let backlogIsDue = lane.nextDue.map { $0 <= now } ?? false
        if !backlogIsDue, !isFull(lane) { setOverflowing(lane, false, &effects) }
        enterRing(lane, at: now)
    }

    mutating func claimFailed(_ endpoint: Int64, at now: Instant) {
        heldBytes -= Limits.claimedPayloadBytes
        guard let lane = lanes[endpoint] else { return }
        lane.claiming = false
        lane.nextDue = nil
        noteWaiting(lane, due: now + Self.claimRetryDelay)
    }
}
