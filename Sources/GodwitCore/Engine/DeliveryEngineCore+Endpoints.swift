// Endpoints that come, change, stop and go.

extension DeliveryEngineCore {
    mutating func endpointChanged(_ profile: EndpointProfile, at now: Instant, _ effects: inout [Effect]) {
        guard let lane = lanes[profile.endpoint] else {
            let lane = Lane(profile, share: share(of: profile.application), host: host(named: profile.host), at: now)
            lane.host.endpoints += 1
            lane.share.endpoints += 1
            lanes[profile.endpoint] = lane
            settle(lane, isNew: true, at: now, &effects)
            return
        }
        if lane.policy.rateLimit != profile.policy.rateLimit {
            lane.buckets = TokenBuckets(profile.policy.rateLimit, at: now)
            lane.tokensAt = .distantPast
        }
        lane.policy = profile.policy
        settle(lane, isNew: false, at: now, &effects)
        move(lane, to: profile.host, at: now)
        if profile.updatedAt != lane.updatedAt {
            // Somebody has looked at it: whatever was wrong may be right now.
            lane.updatedAt = profile.updatedAt
            lane.pausedUntil = .distantPast
            lane.breaker.succeeded()
        }
        if profile.disabled, !lane.disabled {
            disable(lane, at: now, &effects)
        } else if !profile.disabled, lane.disabled {
            lane.disabled = false
            lane.failing = profile.failing
            lane.isFailingStored = profile.failing != nil
            if let due = lane.nextDue { noteWaiting(lane, due: due) }
        }
        enterRing(lane, at: now)
        claimIfDue(lane, at: now, &effects)
    }

    private mutating func host(named name: String) -> HostShare {
        if let host = hosts[name] { return host }
        let host = HostShare()
        hosts[name] = host
        return host
    }

    /// Requests that are on the wire to the former host still count there when they end: they end at the lane's host, so their number
    /// moves with the lane.
    private mutating func move(_ lane: Lane, to name: String, at now: Instant) {
        guard lane.hostName != name else { return }
        // It may have waited for the former host; should it have waited for permits, it asks again.
        lane.isParked = false
        let former = lane.host
        leaveHost(lane)
        lane.host = host(named: name)
        lane.hostName = name
        lane.host.endpoints += 1
        lane.host.inFlight += lane.inFlight
        admitWaiting(at: former, at: now)
    }

    private mutating func leaveHost(_ lane: Lane) {
        lane.host.endpoints -= 1
        lane.host.inFlight -= lane.inFlight
        if lane.host.endpoints == 0 { hosts[lane.hostName] = nil }
    }

    /// What was queued goes back to the store and waits there until the endpoint is enabled again.
    mutating func disable(_ lane: Lane, at now: Instant, _ effects: inout [Effect]) {
        let queued = empty(lane)
        if !queued.isEmpty { noteWaiting(lane, due: now) }
        lane.disabled = true
        lane.failing = nil
        lane.heapDue = nil
        giveUp(queued, at: now, cancelling: false, &effects)
    }

    /// Nothing of it is sent any more, beyond what is on the wire.
    mutating func endpointDeleted(_ endpoint: Int64, at now: Instant, _ effects: inout [Effect]) {
        guard let lane = lanes.removeValue(forKey: endpoint) else { return }
        let queued = empty(lane)
        lane.disabled = true
        leaveHost(lane)
        admitWaiting(at: lane.host, at: now)
        lane.share.endpoints -= 1
        forgetIfUnused(lane.share)
        giveUp(queued, at: now, cancelling: true, &effects)
    }
}

// MARK: - Lanes that may go on at some time

extension DeliveryEngineCore {
    mutating func resume(_ lane: Lane, at due: Instant) {
        guard due < lane.resumesAt ?? .distantFuture else { return }
        lane.resumesAt = due
        resumeHeap.insert(.init(due: due, endpoint: lane.endpoint))
    }

    mutating func resume(at now: Instant, _ effects: inout [Effect]) {
        while let entry = resumeHeap.first, entry.due <= now {
            _ = resumeHeap.popFirst()
            guard let lane = lanes[entry.endpoint], lane.resumesAt == entry.due else { continue }
            lane.resumesAt = nil
            enterRing(lane, at: now)
            claimIfDue(lane, at: now, &effects)
        }
    }
}
