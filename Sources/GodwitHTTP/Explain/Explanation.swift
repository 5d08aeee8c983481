import GodwitCore
import GodwitStore

/// Why an endpoint did or did not get a message: one word for programs, one sentence for people, and what they rest on.
struct Explanation: Hashable, Sendable {
    let decision: Decision
    let because: String
    var details: [JSONValue.Member] = []

    enum Decision: String, Hashable, Sendable, CaseIterable {
        case delivered
        case waiting
        case inFlight = "in_flight"
        case deadLetter = "dead_letter"
        case cancelled
        case expired
        case notSubscribed = "not_subscribed"
        case disabled
        case createdLater = "created_later"
        case deletedBefore = "deleted_before"
    }

    /// What the reasons are found in.
    struct Facts: Sendable {
        let message: Message
        let endpoint: Endpoint
        var deletedAt: Instant?
        /// What the endpoint wanted when the message was published; nil when it did not exist then.
        var subscription: Subscription?
        var delivery: DeliveryStateMachine?
        /// The message at the head of the line in which the delivery stands, if it is another, and how that stands.
        var head: (message: MessageID, machine: DeliveryStateMachine)?
        /// nil when the engine knows nothing of the endpoint.
        var lane: LaneStatus?
        var lastAttempt: AttemptRecord?
        let now: Instant
    }

    static func of(_ facts: Facts) -> Explanation {
        guard let delivery = facts.delivery else { return withoutDelivery(facts) }
        switch delivery.state {
        case .delivered(let at): return Explanation(decision: .delivered, because: "It was delivered at \(at.text).")
        case .inFlight: return Explanation(decision: .inFlight, because: "An attempt is being made, or about to be made.")
        case .waiting(let due): return waiting(until: due, delivery, facts)
        case .exhausted(let at): return deadLetter(since: at, delivery, facts)
        case .cancelled(let at): return cancelled(at: at, facts)
        }
    }
}

// MARK: - Without a delivery

extension Explanation {
    private static func withoutDelivery(_ facts: Facts) -> Explanation {
        let published = facts.message.createdAt
        if let deleted = facts.deletedAt, deleted <= published {
            return Explanation(
                decision: .deletedBefore,
                because: "The endpoint was deleted at \(deleted.text), before the message was published.")
        }
        guard let subscription = facts.subscription else {
            return Explanation(
                decision: .createdLater,
                because: "The endpoint was created at \(facts.endpoint.createdAt.text), after the message was published.")
        }
        switch subscription.refusal(eventType: facts.message.eventType, channels: facts.message.channels) {
        case .disabled: return disabled(subscription)
        case .eventType:
            return Explanation(
                decision: .notSubscribed,
                because: "The endpoint did not want the event type \(facts.message.eventType).",
                details: [
                    .init("eventType", .string(facts.message.eventType)),
                    .init("eventTypes", .strings(subscription.eventTypes)),
                ])
        case .channel:
            let channels = facts.message.channels
            return Explanation(
                decision: .notSubscribed,
                because: channels.isEmpty
                    ? "The endpoint listened to channels, and the message was in none."
                    : "The message was in no channel that the endpoint listened to.",
                details: [.init("messageChannels", .strings(channels)), .init("channels", .strings(subscription.channels))])
        case nil:
            return Explanation(
                decision: .notSubscribed,
                because: "No delivery was made. What the endpoint wanted in that moment is no longer known.")
        }
    }

    private static func disabled(_ subscription: Subscription) -> Explanation {
        guard let disablement = subscription.disablement else {
            return Explanation(decision: .disabled, because: "The endpoint was disabled when the message was published.")
        }
        return Explanation(
            decision: .disabled,
            because: "The endpoint was disabled when the message was published: \(disablement.sentence).",
            details: disablement.details)
    }
}

extension Disablement {
    /// Goes on after a colon.
    var sentence: String {
        switch reason {
        case .byHand: "through the API, since \(at.text)"
        case .gone: "its receiver had answered that it is gone, at \(at.text)"
        case .failing: "it had done nothing but fail for too long, by \(at.text)"
        }
    }

    var details: [JSONValue.Member] {
        [.init("disabledAt", .string(at.text)), .init("disabledReason", .string(reason.rawValue))]
    }
}

extension Instant {
    var text: String { RFC3339.format(self) }
}

extension JSONValue {
    static func strings(_ texts: [String]?) -> JSONValue { texts.map { .array($0.map { .string($0) }) } ?? .null }
}
