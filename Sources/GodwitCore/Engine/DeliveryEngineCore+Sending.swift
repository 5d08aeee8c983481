// Who is next: applications in turn, their lanes in turn, within the bounds of lane, host, application and shard.

extension DeliveryEngineCore {
    func readiness(of lane: Lane, at now: Instant) -> Lane.Readiness {
        mayBeSent(lane) ? lane.readiness(limit: bound(of: lane), at: now) : .no
    }

    mutating func enterRing(_ lane: Lane, at now: Instant) {
        switch readiness(of: lane, at: now) {
        case .no: return
        case .later(let at): return resume(lane, at: at)
        case .ready: break
        }
        guard !lane.isParked else { return }
        if lane.inFlight == 0, !lane.inIdleRing {
            lane.inIdleRing = true
            lane.share.idleLanes.append(lane)
            if !lane.share.inIdleRing {
                lane.share.inIdleRing = true
                idleRing.append(lane.share)
            }
        }
        if !lane.inRing {
            lane.inRing = true
            lane.share.lanes.append(lane)
        }
        if !lane.share.inRing {
            lane.share.inRing = true
            ring.append(lane.share)
        }
    }

    mutating func send(at now: Instant, _ effects: inout [Effect]) {
        while inFlight < 2 * configuration.requestsInFlight, let share = idleRing.popFirst() {
            share.inIdleRing = false
            guard let lane = share.idleLanes.popFirst() else { continue }
            lane.inIdleRing = false
            if lane.inFlight == 0 { sendNext(of: lane, at: now, &effects) }
            if !share.idleLanes.isEmpty, !share.inIdleRing {
                share.inIdleRing = true
                idleRing.append(share)
            }
        }
        while inFlight < configuration.requestsInFlight, let share = ring.popFirst() {
            share.inRing = false
            guard let lane = share.lanes.popFirst() else { continue }
            lane.inRing = false
            sendNext(of: lane, at: now, &effects)
            enterRing(lane, at: now)
            if !share.lanes.isEmpty, !share.inRing {
                share.inRing = true
                ring.append(share)
            }
        }
        returnUnusedPermits(&effects)
    }

    private mutating func sendNext(of lane: Lane, at now: Instant, _ effects: inout [Effect]) {
        let deliveries = take(from: lane, at: now, &effects)
        // The place at its host, which it may have been let in for, goes to the next one that waits.
        guard !deliveries.isEmpty else { return admitWaiting(at: lane.host, at: now) }
        if lane.share.isLimited { lane.share.permits -= 1 }
        lane.breaker.sent()
        lane.inFlight += 1
        lane.deliveriesInFlight += deliveries.count
        lane.host.inFlight += 1
        inFlight += 1
        effects.append(.send(deliveries))
    }

    /// What the lane sends now; nothing when one of its bounds forbids it.
    private mutating func take(from lane: Lane, at now: Instant, _ effects: inout [Effect]) -> [HeldDelivery] {
        switch readiness(of: lane, at: now) {
        case .no: return []
        case .later(let at):
            resume(lane, at: at)
            return []
        case .ready: break
        }
        guard !lane.isParked, hostHasRoom(for: lane), hasPermit(lane, &effects) else { return [] }
        if let ready = lane.buckets.take(at: now) {
            lane.tokensAt = ready
            resume(lane, at: ready)
            return []
        }
        let deliveries = next(of: lane, at: now, &effects)
        // With nothing on the wire, no request will end and ask for what waits in the store.
        if deliveries.isEmpty { claimIfDue(lane, at: now, &effects) }
        return deliveries
    }

    /// What is sent next, without that for which it is too late.
    private mutating func next(of lane: Lane, at now: Instant, _ effects: inout [Effect]) -> [HeldDelivery] {
        let limit = lane.policy.batch?.maxMessages ?? 1
        while lane.queue.ready > 0 {
            let taken = lane.queue.next(limit, bytes: Limits.batchBytes)
            // Nearly always nothing is; every delivery comes this way, so nothing is copied for it.
            guard taken.contains(where: { $0.message.timing.isExpired(at: now) }) else { return taken }
            let expired = taken.filter { $0.message.timing.isExpired(at: now) }
            letGo(expired, of: lane)
            giveUp(expired, at: now, cancelling: true, &effects)
            for delivery in expired { leaveLine(delivery, stays: false, lane, at: now, &effects) }
            let rest = taken.filter { !$0.message.timing.isExpired(at: now) }
            if !rest.isEmpty { return rest }
        }
        return []
    }

    /// A delivery of a line is no longer on the wire.
    mutating func leaveLine(
        _ delivery: HeldDelivery, stays: Bool, _ lane: Lane, at now: Instant, _ effects: inout [Effect]
    ) {
        guard let line = delivery.machine.line else { return }
        let heldUp = lane.queue.returned(to: line, stays: stays)
        letGo(heldUp, of: lane)
        giveUp(heldUp, at: now, cancelling: false, &effects)
    }
}

// MARK: - Bounds that lanes share

extension DeliveryEngineCore {
    private func hostHasRoom(for lane: Lane) -> Bool {
        guard lane.host.inFlight >= configuration.requestsInFlightPerHost else { return true }
        lane.isParked = true
        lane.host.waiting.append(lane)
        return false
    }

    /// There is room at the host: as many lanes as it has places for, of those that can use one.
    mutating func admitWaiting(at host: HostShare, at now: Instant) {
        var room = configuration.requestsInFlightPerHost - host.inFlight
        while room > 0, let lane = host.waiting.popFirst() {
            // It may have gone to another host meanwhile, or been deleted.
            guard lane.host === host, lanes[lane.endpoint] === lane else { continue }
            lane.isParked = false
            enterRing(lane, at: now)
            if lane.inRing { room -= 1 }
        }
    }

    private func hasPermit(_ lane: Lane, _ effects: inout [Effect]) -> Bool {
        let share = lane.share
        guard share.isLimited, share.permits == 0 else { return true }
        lane.isParked = true
        share.waiting.append(lane)
        if !share.isAsking {
            share.isAsking = true
            effects.append(.askPermits(application: share.application, Limits.permitsAsked))
        }
        return false
    }

    mutating func permitted(_ application: Int64, _ permits: Int, at now: Instant, _ effects: inout [Effect]) {
        guard let share = shares[application], !stopping else {
            return effects.append(.returnPermits(application: application, permits))
        }
        share.isAsking = false
        share.permits += permits
        sharesWithPermits.append(application)
        unpark(share, at: now)
    }

    mutating func applicationChanged(_ application: Int64, isLimited: Bool, at now: Instant, _ effects: inout [Effect]) {
        let share = share(of: application)
        share.isLimited = isLimited
        for lane in lanes.values.filter({ $0.share === share }).sorted(by: { $0.endpoint < $1.endpoint }) {
            settle(lane, isNew: false, at: now, &effects)
        }
        guard !isLimited else { return }
        // Whoever granted permits has forgotten the question, and what was granted is worth nothing any more.
        share.isAsking = false
        share.permits = 0
        unpark(share, at: now)
        forgetIfUnused(share)
    }

    /// That an application is limited is known before its endpoints are.
    mutating func forgetIfUnused(_ share: ApplicationShare) {
        if share.endpoints == 0, !share.isLimited { shares[share.application] = nil }
    }

    private mutating func unpark(_ share: ApplicationShare, at now: Instant) {
        let waiting = share.waiting
        share.waiting = []
        for lane in waiting {
            lane.isParked = false
            enterRing(lane, at: now)
        }
    }

    /// What no lane of the application can use now goes to other shards. Only those that got permits are looked at.
    private mutating func returnUnusedPermits(_ effects: inout [Effect]) {
        guard inFlight < configuration.requestsInFlight else { return }
        for application in sharesWithPermits {
            guard let share = shares[application], share.permits > 0 else { continue }
            effects.append(.returnPermits(application: application, share.permits))
            share.permits = 0
        }
        sharesWithPermits = []
    }

    mutating func share(of application: Int64) -> ApplicationShare {
        if let share = shares[application] { return share }
        let share = ApplicationShare(application: application)
        shares[application] = share
        return share
    }
}
