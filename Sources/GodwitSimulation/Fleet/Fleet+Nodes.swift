import GodwitCore

/// What nodes do: the core's effects, and saying that they live.
extension Fleet {
    mutating func step(_ node: Int, _ event: EngineEvent) {
        let effects = nodes[node].core.step(event, at: now)
        let lease = nodes[node].lease
        for effect in effects {
            switch effect {
            case .send(let deliveries): send(node, deliveries)
            case .record(let transition, _, _, _): queue.plan(.written(node: node, transition), at: now + commitTime())
            case .giveUp(let transitions):
                for transition in transitions { queue.plan(.written(node: node, transition), at: now + commitTime()) }
            case .claim(let endpoint, let limit, _):
                queue.plan(.claimed(node: node, lease: lease, endpoint: endpoint, limit: limit), at: now + commitTime())
            case .overflow(let endpoint, true): nodes[node].overflowing.insert(endpoint)
            case .overflow(let endpoint, false): nodes[node].overflowing.remove(endpoint)
            case .wake(let due):
                nodes[node].wake += 1
                queue.plan(.woke(node: node, lease: lease, wake: nodes[node].wake), at: max(due, now))
            case .spread(let endpoint, let news):
                for other in nodes.indices where other != node && nodes[other].announced.contains(endpoint) {
                    queue.plan(.heard(node: other, endpoint: endpoint, news), at: now + commitTime())
                }
            // No endpoint is deleted or limited here, nor disabled: that takes days. None has an order, so all are everyone's.
            case .cancelWaiting, .passOn, .disable, .noteFailing, .announceDisabling, .askPermits, .returnPermits, .permitEnded,
                .drained:
                break
            }
        }
    }

    mutating func announce(_ endpoint: Int64, to node: Int) {
        guard nodes[node].announced.insert(endpoint).inserted else { return }
        step(
            node,
            .endpointChanged(
                EndpointProfile(
                    endpoint: endpoint, application: 1 + endpoint / 10, host: "host \(endpoint)", disabled: false,
                    updatedAt: Self.epoch)))
    }

    mutating func written(_ node: Int, _ transition: Transition) {
        // What was not committed when the node died is gone.
        guard isAlive(node, transition.lease) else { return }
        guard store.move(transition) else {
            report.lateOutcomes += 1
            return
        }
        if case .waiting(let due) = transition.machine.state {
            step(node, .waiting(endpoint: transition.delivery.endpoint, due: due))
        }
    }

    mutating func claimed(_ node: Int, _ lease: Lease, _ endpoint: Int64, _ limit: Int) {
        guard isAlive(node, lease) else { return }
        report.claims += 1
        let (deliveries, nextDue) = store.claim(endpoint, limit: limit, lease: lease, at: now)
        step(node, .claimed(endpoint: endpoint, deliveries, nextDue: nextDue, lastLine: .min))
    }

    mutating func joined(_ node: Int) {
        let lease = nodes[node].lease
        table[lease] = now
        queue.plan(
            .renew(node: node, lease: lease), at: now + .milliseconds(Int64(chance(Int(plan.renewal.wholeMilliseconds)))))
    }

    mutating func renew(_ node: Int, _ lease: Lease) {
        guard isAlive(node, lease) else { return }
        table[lease] = now
        queue.plan(.renew(node: node, lease: lease), at: now + plan.renewal)
        report.heldAtMost = max(report.heldAtMost, nodes[node].core.heldCount)
        for dead in table.filter({ $0.value + plan.leaseTime < now }).keys.sorted(by: { $0.rawValue < $1.rawValue })
        where beingTakenOver.insert(dead).inserted {
            queue.plan(.takeOver(node: node, lease: lease, dead: dead), at: now + commitTime())
        }
    }

    mutating func takeOver(_ node: Int, _ lease: Lease, _ dead: Lease) {
        guard isAlive(node, lease) else {
            // Another will see to it.
            beingTakenOver.remove(dead)
            return
        }
        let taken = store.takeOver(dead, limit: plan.takenOver, at: now)
        report.takenOver += taken.count
        if let lost = plan.regionLostAt {
            let since = now - (Self.epoch + lost)
            report.firstTakeOver = report.firstTakeOver ?? since
            report.lastTakeOver = since
        }
        guard taken.isEmpty else {
            queue.plan(.takeOver(node: node, lease: lease, dead: dead), at: now + commitTime())
            return
        }
        table[dead] = nil
        beingTakenOver.remove(dead)
        shareOut(at: now)
    }

    /// What the dead node knew to be waiting must be known by somebody: each living node looks after its share of the endpoints.
    private mutating func shareOut(at now: Instant) {
        let living = nodes.indices.filter { nodes[$0].isAlive }
        for endpoint in store.endpointsWithBacklog {
            guard let due = store.nextDue(endpoint) else { continue }
            let node = living[Int(endpoint % Int64(living.count))]
            announce(endpoint, to: node)
            step(node, .waiting(endpoint: endpoint, due: due))
        }
    }
}
