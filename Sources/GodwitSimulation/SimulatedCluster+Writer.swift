import GodwitCore
import GodwitStore

/// Each node's writer, over the store they share.
extension SimulatedCluster {
    mutating func publish() {
        guard let number = someNode(), let node = nodes[number] else { return }
        let id = nodes[number]?.identifiers.next(MessageKind.self, at: now, using: &random)
        guard let id else { return }
        let message = Message(
            id: id, application: application.id.key, eventType: "simulated", payload: Array("{}".utf8), createdAt: now,
            payloadExpiresAt: .distantFuture,
            timing: MessageTiming(
                deliverAt: chance(10) == 0 ? now + .milliseconds(chance(5000)) : nil,
                doNotDeliverAfter: chance(20) == 0 ? now + .milliseconds(20_000 + chance(20_000)) : nil),
            orderingKey: chance(5) == 0 ? nil : "key \(chance(3))")
        var deliveries: [(endpoint: Int64, machine: DeliveryStateMachine)] = []
        for endpoint in node.endpoints.values.sorted(by: { $0.id < $1.id })
        where endpoint.wants(eventType: "simulated", channels: []) {
            deliveries.append((endpoint.id.key, fresh(message, for: endpoint, at: node)))
        }
        let new = NewMessage(message: message, idempotency: nil, deliveries: deliveries)
        enqueue(number, .init(command: .publish(new), deliveries: deliveries, message: message))
    }

    private func fresh(_ message: Message, for endpoint: Endpoint, at node: SimulatedNode) -> DeliveryStateMachine {
        if let due = message.timing.deliverAt, due > now { return .waiting(due: due) }
        let line = endpoint.policy.order.line(
            orderingKey: message.orderingKey, payload: message.payload ?? [], header: { _ in nil })
        if let line { return .waiting(due: now, line: line) }
        return node.overflowing.contains(endpoint.id.key) ? .waiting(due: now) : .accepted(under: node.lease)
    }

    mutating func write(_ number: Int, _ command: WriteCommand, isOfLine: Bool = false) {
        enqueue(number, .init(command: command, deliveries: [], message: nil, isOfLine: isOfLine))
    }

    mutating func enqueue(_ number: Int, _ pending: SimulatedWorld.PendingWrite) {
        guard let node = nodes[number] else { return }
        if node.writing.isEmpty { queue.plan(.written(node: number, life: node.life), at: now + .milliseconds(1 + chance(20))) }
        nodes[number]?.writing.append(pending)
    }

    mutating func writeBatch(_ number: Int) throws {
        guard let batch = nodes[number]?.writing else { return }
        nodes[number]?.writing = []
        guard reaches(number), !happens(faults.storeFailure) else { return try failed(number, batch) }
        for case .catalog(.node(.takeOver(let lease, _))) in batch.map(\.command) { excuse(lease) }
        let results: [WriteResult]
        do throws(StoreError) { results = try store.commit(batch.map(\.command), at: now) } catch {
            note("node \(number) is refused: \(error)")
            return try failed(number, batch)
        }
        note("node \(number) commits \(batch.count)")
        for (pending, result) in zip(batch, results) {
            if case .published(.stored(let sequences)) = result { invariants.accepted(held(pending, sequences)) }
            if case .catalog(.success(.cancelledMessage(let message, _))) = result { invariants.cancelled(message) }
        }
        for (pending, result) in zip(batch, results) { try apply(number, result, of: pending) }
    }

    private func held(_ pending: SimulatedWorld.PendingWrite, _ sequences: [Int64]) -> [HeldDelivery] {
        guard let message = pending.message else { return [] }
        return zip(pending.deliveries, sequences).map { delivery, sequence in
            HeldDelivery(message: message, endpoint: delivery.endpoint, sequence: sequence, machine: delivery.machine)
        }
    }

    private mutating func failed(_ number: Int, _ batch: [SimulatedWorld.PendingWrite]) throws {
        guard let node = nodes[number] else { return }
        for pending in batch {
            switch pending.command {
            case .catalog(.node(.readChanges)): nodes[number]?.isReading = false
            case .catalog(.node(.giveUp(let lease, _))), .catalog(.node(.takeOver(let lease, _))),
                .catalog(.node(.remove(let lease))):
                nodes[number]?.takingOver.remove(lease)
            case .move, .catalog: queue.plan(.rewrite(node: number, life: node.life, pending), at: now + .milliseconds(500))
            case .claim(let claim): try feed(number, .claimFailed(endpoint: claim.endpoint))
            case .publish: break  // Its caller hears of it; nothing was accepted.
            }
        }
    }

    private mutating func apply(_ number: Int, _ result: WriteResult, of pending: SimulatedWorld.PendingWrite) throws {
        switch result {
        case .published(.stored(let sequences)):
            let held = held(pending, sequences)
            try feed(number, .accepted(held.filter { $0.machine.holder != nil }))
            for delivery in held {
                if let due = delivery.machine.due { try feed(number, .waiting(endpoint: delivery.endpoint, due: due)) }
            }
        case .claimed(let claimed):
            guard case .claim(let claim) = pending.command else { return }
            try feed(
                number,
                .claimed(
                    endpoint: claim.endpoint, claimed.deliveries, nextDue: claimed.nextDue, lastLine: claimed.lastLine))
        case .moved(let moved):
            guard case .move(let transition, _) = pending.command else { return }
            nodes[number]?.decided.remove(transition.delivery)
            guard moved else { return }
            let due = [pending.isOfLine ? now : nil, transition.machine.due].compactMap(\.self).min()
            if let due { try feed(number, .waiting(endpoint: transition.delivery.endpoint, due: due)) }
        case .catalog(.success(let result)): try apply(number, result, of: pending)
        case .published, .catalog: break
        }
    }

    private mutating func apply(
        _ number: Int, _ result: CatalogResult, of pending: SimulatedWorld.PendingWrite
    ) throws {
        switch (result, pending.command) {
        case (.endpoint(let endpoint), _): try know(number, endpoint)
        case (.count, .catalog(.releaseLines(let endpoint, _, _))): try feed(number, .waiting(endpoint: endpoint, due: now))
        case (.cancelledMessage(let message, let endpoints), _):
            for endpoint in endpoints { try withdraw(number, DeliveryKey(message: message, endpoint: endpoint)) }
        case (.node(.givenUp(true)), .catalog(.node(.giveUp(let lease, _)))):
            write(number, .catalog(.node(.takeOver(lease, limit: 5))))
        case (.node(.givenUp(false)), .catalog(.node(.giveUp(let lease, _)))): nodes[number]?.takingOver.remove(lease)
        case (.node(.count(let count)), .catalog(.node(.takeOver(let lease, let limit)))):
            write(number, .catalog(.node(count == limit ? .takeOver(lease, limit: limit) : .remove(lease))))
        case (.node(.changes(let changes)), _):
            nodes[number]?.isReading = false
            nodes[number]?.followed = changes.revision
            for change in changes.changes { try apply(number, change) }
        default: break
        }
    }

    private mutating func apply(_ number: Int, _ change: CatalogueChange) throws {
        switch change {
        case .endpoint(let endpoint): try know(number, endpoint)
        case .withdrawn(let delivery): try withdraw(number, delivery)
        case .departed: try readBacklog(number)
        case .learnt(let endpoint, let news, let lease):
            if lease != nodes[number]?.core.lease { try feed(number, .heard(endpoint: endpoint, news)) }
        case .application, .deletedApplication, .deletedEndpoint, .integration, .deletedIntegration: break
        }
    }

    private mutating func withdraw(_ number: Int, _ delivery: DeliveryKey) throws {
        try feed(number, .messageCancelled(message: delivery.message, endpoint: delivery.endpoint))
        try feed(number, .waiting(endpoint: delivery.endpoint, due: now))
    }
}
