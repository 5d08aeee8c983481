import GodwitCore

/// Events and their outcomes.
extension Fleet {
    /// Those of one millisecond, the clock's unit: as many as the plan says in the mean.
    mutating func publishNext() {
        let (whole, rest) = plan.eventsPerSecond.quotientAndRemainder(dividingBy: 1000)
        for _ in 0..<(whole + (chance(1000) < rest ? 1 : 0)) { publishOne() }
        queue.plan(.publish, at: now + .milliseconds(1))
    }

    private mutating func publishOne() {
        // One in five goes to the busiest hundredth.
        let busiest = max(1, plan.endpoints / 100)
        let endpoint = Int64(1 + chance(chance(5) == 0 ? busiest : plan.endpoints))
        let message = Message(
            id: identifiers.next(MessageKind.self, at: now, using: &random), application: 1 + endpoint / 10,
            eventType: "simulated", payload: Array("{}".utf8), createdAt: now, payloadExpiresAt: .distantFuture)
        publish(message, to: endpoint)
    }

    /// Clients reach any node that answers.
    private mutating func publish(_ message: Message, to endpoint: Int64) {
        var node = chance(plan.nodes)
        for _ in 0..<plan.nodes where !nodes[node].isAlive {
            report.publishedAgain += 1
            node = (node + 1) % plan.nodes
        }
        guard nodes[node].isAlive else { return }
        let lease = nodes[node].lease
        let machine: DeliveryStateMachine =
            nodes[node].overflowing.contains(endpoint) ? .waiting(due: now) : .accepted(under: lease)
        queue.plan(
            .accepted(node: node, lease: lease, message, endpoint: endpoint, machine), at: now + commitTime())
    }

    mutating func accepted(
        _ node: Int, _ lease: Lease, _ message: Message, _ endpoint: Int64, _ machine: DeliveryStateMachine
    ) {
        guard isAlive(node, lease) else {
            // Nothing was committed, and its client has no answer.
            report.publishedAgain += 1
            return publish(message, to: endpoint)
        }
        let held = store.insert(message, endpoint: endpoint, machine)
        report.accepted += 1
        if isHanging(endpoint) {
            report.toHangingEndpoints += 1
        } else {
            underWay[message.id.key] = (now, phase(ofNode: node))
        }
        announce(endpoint, to: node)
        if case .waiting(let due) = machine.state {
            step(node, .waiting(endpoint: endpoint, due: due))
        } else {
            step(node, .accepted([held]))
        }
    }

    private func phase(ofNode node: Int) -> FleetReport.Phase {
        guard let after = plan.regionLostAt else { return .before }
        let lost = Self.epoch + after
        if now >= lost { return .after }
        return nodes[node].region == 0 && now >= lost + (.zero - .seconds(15)) ? .held : .before
    }

    mutating func send(_ node: Int, _ deliveries: [HeldDelivery]) {
        guard let endpoint = deliveries.first?.endpoint else { return }
        report.attempts += 1
        var took = Duration.milliseconds(5 + chance(60))
        // A long tail, as the Internet has it.
        for _ in 0..<6 where chance(4) == 0 { took = took * 2 }
        var outcome = AttemptOutcome.responded(ReceiverResponse(status: 204))
        if isHanging(endpoint) {
            took = plan.timeout
            outcome = .failed(TransportFailure(.connectionClosed, "simulated"))
        } else if chance(1000) < plan.failures {
            outcome = .responded(ReceiverResponse(status: 500))
        }
        queue.plan(.answer(node: node, deliveries, outcome, took: took), at: now + took)
    }

    mutating func answered(_ node: Int, _ deliveries: [HeldDelivery], _ outcome: AttemptOutcome, _ took: Duration) {
        var succeeded = false
        if case .responded(let response) = outcome { succeeded = response.status == 204 }
        for delivery in deliveries where succeeded {
            // It arrived, whether or not its sender lives to hear of it.
            if let (at, phase) = underWay.removeValue(forKey: delivery.message.id.key) {
                report.delivered += 1
                report.delays[phase, default: []].append((now - at).wholeMilliseconds)
            } else {
                report.duplicates += 1
            }
        }
        guard case .inFlight(let lease)? = deliveries.first?.machine.state, isAlive(node, lease) else { return }
        step(node, .requestFinished(deliveries, outcome, took: took))
    }

    mutating func commitTime() -> Duration {
        .milliseconds(
            Int64.random(
                in: Int64(plan.commitMilliseconds.lowerBound)...Int64(plan.commitMilliseconds.upperBound), using: &random))
    }
}
