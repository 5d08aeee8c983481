import GodwitCore
import GodwitStore

/// Group commit as the writer does it: everything that waits in one transaction, then the answers.
extension SimulatedWorld {
    mutating func publish() {
        let message = Message(
            id: identifiers.next(MessageKind.self, at: now, using: &random), application: application.id.key,
            eventType: "simulated", payload: Array("{}".utf8), createdAt: now, payloadExpiresAt: .distantFuture)
        var deliveries: [(endpoint: Int64, machine: DeliveryStateMachine)] = []
        for key in endpointsByKey.keys.sorted() {
            guard let endpoint = endpointsByKey[key], endpoint.wants(eventType: "simulated", channels: []) else { continue }
            deliveries.append((key, overflowing.contains(key) ? .overflowed(at: now) : .accepted(under: lease)))
        }
        let new = NewMessage(message: message, idempotency: nil, deliveries: deliveries)
        enqueue(PendingWrite(command: .publish(new), deliveries: deliveries, message: message))
    }

    mutating func writeBatch() throws {
        let batch = writing
        writing = []
        guard !happens(faults.storeFailure) else { return failed(batch) }
        let results = try store.commit(batch.map(\.command), at: now)
        note("commit \(batch.count)")
        // What is durable binds us, whether or not the node lives to hear of it.
        for (pending, result) in zip(batch, results) {
            if case .published(.stored(let sequences)) = result { invariants.accepted(held(pending, sequences)) }
        }
        // The hardest moment: everything is durable, and nobody has been told.
        if happens(faults.crash) { return try crash() }
        for (pending, result) in zip(batch, results) { apply(result, of: pending) }
    }

    private func held(_ pending: PendingWrite, _ sequences: [Int64]) -> [HeldDelivery] {
        guard let message = pending.message else { return [] }
        return zip(pending.deliveries, sequences).map { delivery, sequence in
            HeldDelivery(message: message, endpoint: delivery.endpoint, sequence: sequence, machine: delivery.machine)
        }
    }

    private mutating func failed(_ batch: [PendingWrite]) {
        note("store failure \(batch.count)")
        for pending in batch {
            switch pending.command {
            case .move, .catalog(.cancelWaiting), .catalog(.changeEndpointByKey):
                queue.plan(.rewrite(pending), at: now + .milliseconds(500))
            case .claim(let claim): perform(core.step(.claimFailed(endpoint: claim.endpoint), at: now))
            case .publish, .catalog: break  // Their callers hear of it; nothing was accepted.
            }
        }
    }

    private mutating func apply(_ result: WriteResult, of pending: PendingWrite) {
        switch result {
        case .published(.stored(let sequences)):
            let held = held(pending, sequences)
            perform(core.step(.accepted(held.filter { $0.machine.state == .inFlight(lease) }), at: now))
            for delivery in held {
                if case .waiting(let due) = delivery.machine.state {
                    perform(core.step(.waiting(endpoint: delivery.endpoint, due: due), at: now))
                }
            }
        case .claimed(let claimed):
            guard case .claim(let claim) = pending.command else { return }
            perform(core.step(.claimed(endpoint: claim.endpoint, claimed.deliveries, nextDue: claimed.nextDue), at: now))
        case .catalog(.success(.endpoint(let endpoint))):
            if case .catalog(.deleteEndpoint) = pending.command {
                endpointsByKey[endpoint.id.key] = nil
                invariants.deleted(endpoint.id.key)
                perform(core.step(.endpointDeleted(endpoint: endpoint.id.key), at: now))
                write(.catalog(.cancelWaiting(endpoint: endpoint.id.key, limit: 100)))
            } else {
                endpointsByKey[endpoint.id.key] = endpoint
                perform(core.step(.endpointChanged(endpoint: endpoint.id.key, disabled: endpoint.disabled), at: now))
            }
        case .catalog(.success(.count(100))): enqueue(pending)
        case .moved(true):
            guard case .move(let transition, _) = pending.command,
                case .waiting(let due) = transition.machine.state
            else { return }
            perform(core.step(.waiting(endpoint: transition.delivery.endpoint, due: due), at: now))
        case .published, .moved, .catalog: break
        }
    }
}
