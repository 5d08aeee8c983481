import GodwitCore
import GodwitStore

/// The engine's hands.
extension SimulatedWorld {
    mutating func perform(_ effects: [Effect]) throws {
        for effect in effects {
            switch effect {
            case .send(let deliveries): try send(deliveries)
            case .record(let transition, let delivery, let outcome, let succeeded):
                invariants.lines.moved(transition)
                write(.move(transition, record(transition, delivery, outcome, succeeded: succeeded)), isOfLine: true)
            case .giveUp(let transitions):
                for transition in transitions {
                    invariants.lines.moved(transition)
                    let hasLeft =
                        transition.machine.state.isFinished && endpointsByKey[transition.delivery.endpoint] != nil
                    write(.move(transition, nil), isOfLine: transition.machine.line != nil || hasLeft)
                }
            case .claim(let endpoint, let limit, let afterLine):
                write(.claim(Claim(endpoint: endpoint, limit: limit, lease: lease, afterLine: afterLine)))
            case .cancelWaiting(let endpoint): write(.catalog(.cancelWaiting(endpoint: endpoint, limit: 100)))
            case .overflow(let endpoint, let isOverflowing):
                if isOverflowing { overflowing.insert(endpoint) } else { overflowing.remove(endpoint) }
            case .disable(let endpoint, let reason, _):
                let disablement = Disablement(at: now, reason: reason)
                write(
                    .catalog(
                        .changeEndpointByKey(endpoint) {
                            $0.disabled = true
                            $0.disablement = disablement
                        }))
            case .noteFailing(let endpoint, let span):
                write(.catalog(.changeEndpointByKey(endpoint) { if !$0.disabled { $0.failing = span } }))
            case .announceDisabling(let endpoint, let span, _): note("announce \(endpoint) failing since \(span.since)")
            case .askPermits(_, let wanted):
                permitsWanted = wanted
                grantPermits()
            case .returnPermits(_, let permits):
                budget.giveBack(permits)
                grantPermits()
            case .permitEnded:
                budget.ended(1)
                grantPermits()
            case .passOn, .spread: break  // There is one node.
            case .wake(let due):
                queue.removeAll { if case .wake = $0 { true } else { false } }
                queue.plan(.wake, at: max(due, now))
            case .drained: break
            }
        }
    }

    /// In an event of its own, as the shell does it: never inside of the step that asked.
    mutating func grantPermits() {
        guard let wanted = permitsWanted else { return }
        let (permits, askAgain) = budget.grant(wanted, at: now)
        if permits > 0 {
            permitsWanted = nil
            queue.plan(.permitted(permits), at: now)
        } else if let askAgain {
            queue.plan(.permits, at: askAgain)
        }
    }

    mutating func announceLimit() throws {
        try perform(core.step(.applicationChanged(application: application.id.key, isLimited: true), at: now))
    }

    private mutating func send(_ deliveries: [HeldDelivery]) throws {
        note("send \(deliveries.map { "\($0.key) #\($0.attemptNumber)" })")
        try invariants.sent(deliveries, store, at: now)
        let took = Duration.milliseconds(1 + chance(300))
        queue.plan(.answer(deliveries, answer(to: deliveries), took: took), at: now + took)
    }

    private mutating func answer(to deliveries: [HeldDelivery]) -> AttemptOutcome {
        if happens(faults.transportFailure) { return .failed(TransportFailure(.connectionClosed, "simulated")) }
        if happens(faults.slowDown) {
            return .responded(ReceiverResponse(status: 429, retryAfter: .delay(.milliseconds(chance(3000)))))
        }
        if happens(faults.stop) { return .responded(ReceiverResponse(status: 500, directive: .stop)) }
        var response = ReceiverResponse(status: happens(faults.gone) ? 410 : happens(faults.serverError) ? 500 : 204)
        if happens(faults.partialAcceptance), deliveries.count > 1 {
            let failed = deliveries.filter { _ in chance(2) == 0 }.map(\.message.id.description)
            response.body = JSONWriter.write(["failed": failed])
        }
        return .responded(response)
    }

    private mutating func record(
        _ transition: Transition, _ delivery: HeldDelivery, _ outcome: AttemptOutcome, succeeded: Bool
    ) -> AttemptRecord {
        AttemptRecord(
            id: identifiers.next(AttemptKind.self, at: now, using: &random), delivery: transition.delivery,
            application: application.id.key, number: transition.machine.attempts, trigger: .scheduled, startedAt: now,
            timings: AttemptTimings(), outcome: outcome, succeeded: succeeded, nextAttempt: nil, url: "simulated")
    }

    mutating func write(_ command: WriteCommand, isOfLine: Bool = false) {
        enqueue(PendingWrite(command: command, deliveries: [], message: nil, isOfLine: isOfLine))
    }

    mutating func enqueue(_ pending: PendingWrite) {
        if writing.isEmpty { queue.plan(.written, at: now + .milliseconds(1 + chance(20))) }
        writing.append(pending)
    }
}
