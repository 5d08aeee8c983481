import GodwitCore
import GodwitStore

/// Group commit as the writer does it: everything that waits in one transaction, then the answers.
extension SimulatedWorld {
    mutating func publish() {
        let message = Message(
            id: identifiers.next(MessageKind.self, at: now, using: &random), application: application.id.key,
            eventType: "simulated", payload: Array("{}".utf8), createdAt: now, payloadExpiresAt: .distantFuture,
            timing: timing(), orderingKey: chance(5) == 0 ? nil : "key \(chance(3))")
        var deliveries: [(endpoint: Int64, machine: DeliveryStateMachine)] = []
        for key in endpointsByKey.keys.sorted() {
            guard let endpoint = endpointsByKey[key], endpoint.wants(eventType: "simulated", channels: []) else { continue }
            deliveries.append((key, fresh(message, for: endpoint)))
        }
        let new = NewMessage(message: message, idempotency: nil, deliveries: deliveries)
        enqueue(PendingWrite(command: .publish(new), deliveries: deliveries, message: message))
    }

    private mutating func timing() -> MessageTiming {
        MessageTiming(
            deliverAt: chance(10) == 0 ? now + .milliseconds(chance(2000)) : nil,
            doNotDeliverAfter: chance(10) == 0 ? now + .milliseconds(2000 + chance(3000)) : nil)
    }

    /// As the engine decides it when a message is published.
    private func fresh(_ message: Message, for endpoint: Endpoint) -> DeliveryStateMachine {
        if let due = message.timing.deliverAt, due > now { return .waiting(due: due) }
        let line = endpoint.policy.order.line(
            orderingKey: message.orderingKey, payload: message.payload ?? [], header: { _ in nil })
        if let line { return .waiting(due: now, line: line) }
        return overflowing.contains(endpoint.id.key) ? .waiting(due: now) : .accepted(under: lease)
    }

    mutating func writeBatch() throws {
        let batch = writing
        writing = []
        guard !happens(faults.storeFailure) else { return try failed(batch) }
        let results = try store.commit(batch.map(\.command), at: now)
        note("commit \(batch.count)")
        // What is durable binds us, whether or not the node lives to hear of it.
        for (pending, result) in zip(batch, results) {
            if case .published(.stored(let sequences)) = result { invariants.accepted(held(pending, sequences)) }
            if case .catalog(.success(.cancelledMessage(let message, _))) = result { invariants.cancelled(message) }
        }
        // The hardest moment: everything is durable, and nobody has been told.
        if happens(faults.crash) { return try crash() }
        for (pending, result) in zip(batch, results) { try apply(result, of: pending) }
    }

    private func held(_ pending: PendingWrite, _ sequences: [Int64]) -> [HeldDelivery] {
        guard let message = pending.message else { return [] }
        return zip(pending.deliveries, sequences).map { delivery, sequence in
            HeldDelivery(message: message, endpoint: delivery.endpoint, sequence: sequence, machine: delivery.machine)
        }
    }

    private mutating func failed(_ batch: [PendingWrite]) throws {
        note("store failure \(batch.count)")
        for pending in batch {
            switch pending.command {
            case .move, .catalog(.cancelWaiting), .catalog(.changeEndpointByKey), .catalog(.releaseLines):
                queue.plan(.rewrite(pending), at: now + .milliseconds(500))
            case .claim(let claim): try perform(core.step(.claimFailed(endpoint: claim.endpoint), at: now))
            case .publish, .catalog: break  // Their callers hear of it; nothing was accepted.
            }
        }
    }

    private mutating func apply(_ result: WriteResult, of pending: PendingWrite) throws {
        switch result {
        case .published(.stored(let sequences)):
            let held = held(pending, sequences)
            try perform(core.step(.accepted(held.filter { $0.machine.state == .inFlight(lease) }), at: now))
            for delivery in held {
                if case .waiting(let due) = delivery.machine.state {
                    try perform(core.step(.waiting(endpoint: delivery.endpoint, due: due), at: now))
                }
            }
        case .claimed(let claimed):
            guard case .claim(let claim) = pending.command else { return }
            note("claimed \(claimed.deliveries.map(\.key)) next \(claimed.nextDue?.millisecondsSince1970 ?? 0)")
            try perform(
                core.step(
                    .claimed(
                        endpoint: claim.endpoint, claimed.deliveries, nextDue: claimed.nextDue, lastLine: claimed.lastLine),
                    at: now))
        case .catalog(.success(.endpoint(let endpoint))):
            if case .catalog(.deleteEndpoint) = pending.command {
                endpointsByKey[endpoint.id.key] = nil
                invariants.deleted(endpoint.id.key)
                try perform(core.step(.endpointDeleted(endpoint: endpoint.id.key), at: now))
                write(.catalog(.cancelWaiting(endpoint: endpoint.id.key, limit: 100)))
            } else {
                endpointsByKey[endpoint.id.key] = endpoint
                try perform(core.step(.endpointChanged(profile(of: endpoint)), at: now))
            }
        case .catalog(.success(.count(let count))):
            switch pending.command {
            case .catalog(.cancelWaiting): if count == 100 { enqueue(pending) }
            case .catalog(.releaseLines(let endpoint, _, _)):
                try perform(core.step(.waiting(endpoint: endpoint, due: now), at: now))
            default: break
            }
        case .catalog(.success(.resend(.due))):
            guard case .catalog(.resend(let key)) = pending.command else { return }
            try perform(core.step(.waiting(endpoint: key.endpoint, due: now), at: now))
        case .catalog(.success(.cancelledMessage(let message, let endpoints))):
            invariants.withdrawn(message)
            for endpoint in endpoints {
                try perform(core.step(.messageCancelled(message: message, endpoint: endpoint), at: now))
                // What was behind it in its line may go on.
                try perform(core.step(.waiting(endpoint: endpoint, due: now), at: now))
            }
        case .moved(true):
            guard case .move(let transition, _) = pending.command else { return }
            var due: Instant? = pending.isOfLine ? now : nil
            if case .waiting(let at) = transition.machine.state { due = min(due ?? at, at) }
            if let due { try perform(core.step(.waiting(endpoint: transition.delivery.endpoint, due: due), at: now)) }
        case .published, .moved, .catalog: break
        }
    }
}
