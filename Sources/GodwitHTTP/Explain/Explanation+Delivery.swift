import GodwitCore
import GodwitStore

// MARK: - With a delivery

extension Explanation {
    /// The first reason that holds it up; they are asked from the outside in.
    static func waiting(until due: Instant, _ delivery: DeliveryStateMachine, _ facts: Facts) -> Explanation {
        func waits(_ because: String, _ details: JSONValue.Member...) -> Explanation {
            Explanation(decision: .waiting, because: because, details: [.init("due", .string(due.text))] + details)
        }
        if facts.endpoint.disabled {
            let since = facts.endpoint.disablement.map { ": \($0.sentence)" } ?? ""
            return Explanation(
                decision: .waiting, because: "It waits until the endpoint is enabled again, which is disabled\(since).",
                details: facts.endpoint.disablement?.details ?? [])
        }
        if facts.endpoint.mode == .pull {
            return waits("It waits in the endpoint's feed until a consumer fetches and acknowledges it.")
        }
        if let deliverAt = facts.message.timing.deliverAt, deliverAt > facts.now, delivery.attempts == 0 {
            return waits("It is scheduled for \(deliverAt.text).", .init("deliverAt", .string(deliverAt.text)))
        }
        if let head = facts.head {
            return waits(
                "It stands in line behind \(head.message), which \(head.machine.state.standing).",
                .init("head", .string(head.message.description)))
        }
        if due > facts.now {
            if delivery.attempts == 0 { return waits("It is due at \(due.text).") }
            return waits("Attempt \(delivery.attempts) failed\(facts.lastFailure). The next one is due at \(due.text).")
        }
        switch facts.lane?.breaker {
        case .open(let until):
            return waits(
                "The endpoint failed so often that nothing is sent to it until \(until.text).",
                .init("breakerOpenUntil", .string(until.text)))
        case .probing: return waits("The endpoint failed very often: it is being tried with one other request first.")
        case .closed, nil: break
        }
        if let until = facts.lane?.pausedUntil, until > facts.now {
            return waits(
                "The receiver asked to be left alone until \(until.text).", .init("pausedUntil", .string(until.text)))
        }
        return waits("It is due, and waits for its turn: the endpoint is sent no more at a time, or in a span, than it may be.")
    }

    static func deadLetter(since: Instant, _ delivery: DeliveryStateMachine, _ facts: Facts) -> Explanation {
        let verdict = facts.lastAttempt.map { facts.endpoint.policy.response.verdict(on: $0.outcome, at: $0.startedAt) }
        let reason =
            switch verdict {
            case .stop?: "The receiver refused it for good\(facts.lastFailure)."
            case .gone?: "The receiver answered that it is gone\(facts.lastFailure)."
            case .delivered?, .retry?, .slowDown?, nil:
                "All \(delivery.scheduledAttempts) attempts of its schedule failed; the last\(facts.lastFailure)."
            }
        let place = delivery.line == nil ? "" : " It keeps its place in line, and those behind it wait."
        return Explanation(
            decision: .deadLetter, because: reason + place,
            details: [.init("deadSince", .string(since.text)), .init("parked", .bool(delivery.line != nil))])
    }

    static func cancelled(at: Instant, _ facts: Facts) -> Explanation {
        let details: [JSONValue.Member] = [.init("cancelledAt", .string(at.text))]
        if let last = facts.message.timing.doNotDeliverAfter, last <= at {
            return Explanation(
                decision: .expired, because: "It was not to be delivered after \(last.text).", details: details)
        }
        if facts.message.payloadExpiresAt <= at {
            return Explanation(
                decision: .expired, because: "Its payload was kept until \(facts.message.payloadExpiresAt.text).",
                details: details)
        }
        if let deleted = facts.deletedAt, deleted <= at {
            return Explanation(
                decision: .cancelled, because: "The endpoint was deleted at \(deleted.text).", details: details)
        }
        return Explanation(decision: .cancelled, because: "The message was cancelled at \(at.text).", details: details)
    }
}

extension Explanation.Facts {
    /// Goes on after what failed: ` with status 500`.
    fileprivate var lastFailure: String {
        switch lastAttempt?.outcome {
        case .responded(let response): " with status \(response.status)"
        case .failed(let failure): " with \(failure.code.rawValue)"
        case nil: ""
        }
    }
}

extension DeliveryState {
    /// Goes on after `which`.
    fileprivate var standing: String {
        switch self {
        case .waiting(let due): "is due at \(due.text)"
        case .inFlight: "is being sent"
        case .exhausted: "is a dead letter and keeps its place"
        case .delivered, .cancelled: "is about to leave it"
        }
    }
}
