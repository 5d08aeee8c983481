import GodwitCore
import GodwitStore

/// What each node's keeper does, and what its core wants done.
extension SimulatedCluster {
    func reaches(_ number: Int) -> Bool { nodes[number].map { $0.cutUntil <= now } ?? false }

    mutating func round(_ number: Int) throws {
        guard let node = nodes[number] else { return }
        queue.plan(.round(node: number, life: node.life), at: now + .milliseconds(200 + chance(100)))
        guard reaches(number) else { return try mind(number) }
        if now - node.renewedAt >= Limits.nodeRenewal {
            guard let living = store.renew(node.lease, as: node.view.role, at: now) else { return try beginAnew(number) }
            nodes[number]?.renewedAt = now
            let view = NodeView(own: node.lease, role: node.view.role, living)
            if view != node.view {
                nodes[number]?.view = view
                try feed(number, .nodesChanged(view))
            }
            let lost = nodes[number]?.watch.renewed(
                living, own: node.lease, takesOver: view.takesOver, asked: now, heard: now)
            for lease in lost ?? [] where nodes[number]?.takingOver.insert(lease).inserted == true {
                write(number, .catalog(.node(.giveUp(lease, silentFor: Limits.nodeSilence))))
            }
        }
        try mind(number)
        let news = store.news(after: nodes[number]?.followed ?? 0)
        if news.hasChanges, nodes[number]?.isReading == false {
            nodes[number]?.isReading = true
            write(number, .catalog(.node(.readChanges(after: node.followed))))
        }
        let ours = news.wakes.filter { nodes[number]?.view.owns($0.wake.endpoint) == true }
        for wake in ours { try feed(number, .waiting(endpoint: wake.wake.endpoint, due: wake.wake.due)) }
        if !ours.isEmpty { write(number, .catalog(.node(.forgetWakes(ours.map(\.number))))) }
    }

    private mutating func mind(_ number: Int) throws {
        guard let node = nodes[number] else { return }
        let trust = NodeWatch.trust(renewedAt: node.renewedAt, at: now)
        guard trust != node.trust else { return }
        note("node \(number) trusts \(trust)")
        nodes[number]?.trust = trust
        perform(number, nodes[number]?.core.step(.trusted(trust), at: now) ?? [])
    }

    private mutating func beginAnew(_ number: Int) throws {
        guard let node = nodes[number] else { return }
        let lease = try store.begin(node.view.role, at: now)
        let view = NodeView(own: lease, role: node.view.role, store.renew(lease, as: node.view.role, at: now) ?? [])
        note("node \(number) begins anew under \(lease.rawValue)")
        nodes[number]?.lease = lease
        nodes[number]?.view = view
        nodes[number]?.identifiers.move(to: lease.slot)
        nodes[number]?.watch = NodeWatch(begunAt: now)
        nodes[number]?.renewedAt = now
        nodes[number]?.trust = .full
        nodes[number]?.decided = []
        try recover(number, view)
    }

    /// As a shard does: whether the lease may be relied on is looked at before each step.
    mutating func feed(_ number: Int, _ event: EngineEvent) throws {
        try mind(number)
        perform(number, nodes[number]?.core.step(event, at: now) ?? [])
    }

    private mutating func perform(_ number: Int, _ effects: [Effect]) {
        for effect in effects {
            guard let node = nodes[number] else { return }
            switch effect {
            case .send(let deliveries): send(number, deliveries)
            case .record(let transition, let delivery, let outcome, let succeeded):
                if transition.machine.line == nil { nodes[number]?.decided.insert(transition.delivery) }
                let id = nodes[number]?.identifiers.next(AttemptKind.self, at: now, using: &random)
                guard let id else { return }
                let record = AttemptRecord(
                    id: id, delivery: transition.delivery, application: delivery.message.application,
                    number: transition.machine.attempts, trigger: .scheduled, startedAt: now, timings: AttemptTimings(),
                    outcome: outcome, succeeded: succeeded, nextAttempt: nil, url: "simulated")
                write(number, .move(transition, record), isOfLine: true)
            case .giveUp(let transitions):
                for transition in transitions {
                    if transition.machine.line == nil { nodes[number]?.decided.insert(transition.delivery) }
                    write(number, .move(transition, nil), isOfLine: true)
                }
            case .claim(let endpoint, let limit, let afterLine):
                write(number, .claim(Claim(endpoint: endpoint, limit: limit, lease: node.core.lease, afterLine: afterLine)))
            case .cancelWaiting(let endpoint): write(number, .catalog(.cancelWaiting(endpoint: endpoint, limit: 100)))
            case .overflow(let endpoint, let isOverflowing):
                if isOverflowing {
                    nodes[number]?.overflowing.insert(endpoint)
                } else {
                    nodes[number]?.overflowing.remove(endpoint)
                }
            case .spread(let endpoint, let news):
                guard let lease = nodes[number]?.core.lease else { continue }
                write(number, .catalog(.node(.tell(endpoint: endpoint, news, by: lease))))
            case .passOn(let endpoint, let due): write(number, .catalog(.node(.wake([Wake(endpoint: endpoint, due: due)]))))
            case .wake(let due):
                queue.removeAll { if case .wake(number, node.life) = $0 { true } else { false } }
                queue.plan(.wake(node: number, life: node.life), at: max(due, now))
            case .disable, .noteFailing, .announceDisabling, .askPermits, .returnPermits, .permitEnded, .drained: break
            }
        }
    }

    private mutating func send(_ number: Int, _ deliveries: [HeldDelivery]) {
        guard let node = nodes[number] else { return }
        note("node \(number) sends \(deliveries.map(\.key))")
        invariants.sent(deliveries, by: node, isAlive: isAlive, store, at: now)
        let took = Duration.milliseconds(1 + chance(300))
        let outcome = AttemptOutcome.responded(ReceiverResponse(status: happens(faults.serverError) ? 500 : 204))
        queue.plan(
            .answer(node: number, life: node.life, deliveries, outcome, lease: node.core.lease, took: took), at: now + took)
    }
}
