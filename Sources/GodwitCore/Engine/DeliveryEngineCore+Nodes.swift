// What other nodes mean for the lanes: which are ours, and for how long we may believe it.

extension DeliveryEngineCore {
    /// Also of endpoints that are disabled: it is up to the one whose it is to know what waits.
    mutating func passOn(_ effects: inout [Effect]) {
        guard !passing.isEmpty else { return }
        for endpoint in passing.keys.sorted() {
            if let due = passing[endpoint] { effects.append(.passOn(endpoint: endpoint, due: due)) }
        }
        passing = [:]
    }

    mutating func nodesChanged(_ view: NodeView, at now: Instant, _ effects: inout [Effect]) {
        self.view = view
        for lane in sortedLanes { settle(lane, isNew: false, at: now, &effects) }
    }

    /// Nodes that don't know of us yet send what is ours for as long as they may rely on what they knew before.
    mutating func begun(_ view: NodeView, at now: Instant, _ effects: inout [Effect]) {
        for lane in sortedLanes {
            // Whoever took us for dead has made it waiting.
            _ = empty(lane)
            lane.ownedFrom = .distantPast
        }
        lease = view.own
        trust = .full
        settledAt = view.isAlone ? .distantPast : now + Limits.nodeHandover
        nodesChanged(view, at: now, &effects)
        for lane in sortedLanes where lane.ownership == .owned { lane.ownedFrom = settledAt }
    }

    mutating func trusted(_ trust: LeaseTrust, at now: Instant, _ effects: inout [Effect]) {
        let former = self.trust
        self.trust = trust
        guard trust != .none, former != trust else { return }
        for lane in sortedLanes where mayBeSent(lane) {
            enterRing(lane, at: now)
            claimIfDue(lane, at: now, &effects)
        }
    }

    func mayBeSent(_ lane: Lane) -> Bool {
        switch lane.ownership {
        case .shared: trust != .none
        case .owned: trust == .full
        case .foreign: false
        }
    }

    /// Decides anew whose the lane is.
    ///
    /// - Parameter isNew: no node knew the endpoint before, so none has to be waited for.
    mutating func settle(_ lane: Lane, isNew: Bool, at now: Instant, _ effects: inout [Effect]) {
        let group = lane.share.isLimited ? lane.share.application : nil
        let former = lane.ownership
        lane.ownership = view.ownership(of: lane.endpoint, lane.policy, group: group)
        guard lane.ownership != former else { return }
        switch lane.ownership {
        case .shared: lane.ownedFrom = .distantPast
        case .owned: lane.ownedFrom = former == .foreign || isNew || view.isAlone ? settledAt : now + Limits.nodeHandover
        case .foreign: leave(lane, at: now, &effects)
        }
        guard lane.ownership != .foreign, !isNew else { return }
        enterRing(lane, at: now)
        claimIfDue(lane, at: now, &effects)
    }

    /// What is on the wire may end; all else is given back, and what is known of it is passed on. From now on what is published is
    /// left in the store.
    private mutating func leave(_ lane: Lane, at now: Instant, _ effects: inout [Effect]) {
        let queued = empty(lane)
        if let due = lane.nextDue { noteWaiting(lane, due: due) }
        lane.nextDue = nil
        lane.heapDue = nil
        setOverflowing(lane, true, &effects)
        giveUp(queued, at: now, cancelling: false, &effects)
    }

    private var sortedLanes: [Lane] { lanes.keys.sorted().compactMap { lanes[$0] } }
}
