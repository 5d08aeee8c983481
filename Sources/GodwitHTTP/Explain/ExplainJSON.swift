import GodwitCore
import GodwitEngine
import GodwitStore

struct ExplanationOut: JSONWritable {
    let message: Message
    let endpoints: [EndpointExplanationOut]
    let attemptsAreComplete: Bool

    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.object("message") { writer in
                writer.field("id", message.id)
                writer.field("eventType", message.eventType)
                writer.field("channels", message.channels.isEmpty ? nil : message.channels)
                writer.field("createdAt", message.createdAt)
                writer.field("deliverAt", message.timing.deliverAt)
                writer.field("doNotDeliverAfter", message.timing.doNotDeliverAfter)
                writer.field("orderingKey", message.orderingKey)
                writer.field("payloadExpired", message.payload == nil)
            }
            writer.field("endpoints", endpoints)
            writer.field("attemptsAreComplete", attemptsAreComplete)
        }
    }
}

struct EndpointExplanationOut: JSONWritable {
    let scene: MessageScene.ScenicEndpoint
    let explanation: Explanation
    let lane: LaneStatus?
    /// Oldest first.
    let attempts: [AttemptOut]
    let schedule: [Instant]

    private var machine: DeliveryStateMachine? { scene.delivery?.machine }

    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.field("endpointId", scene.endpoint.id)
            writer.field("uid", scene.endpoint.uid)
            writer.field("url", scene.endpoint.url)
            writer.field("received", machine?.wasReceived ?? false)
            writer.field("decision", explanation.decision.rawValue)
            writer.field("because", explanation.because)
            writer.field("details", JSONValue.object(explanation.details))
            writer.field("sequence", scene.delivery?.sequence)
            writer.field("state", machine?.state.word)
            writer.field("due", machine?.due)
            writer.array("attempts") { writer in
                for attempt in attempts { write(attempt, to: &writer) }
            }
            writer.field("schedule", schedule)
            writer.name("line")
            if let head = scene.head {
                writer.object { writer in
                    writer.field("head", head.message)
                    writer.field("headSequence", head.delivery.sequence)
                    writer.field("headState", head.delivery.machine.state.word)
                }
            } else {
                writer.null()
            }
            writer.field("breaker", lane?.breaker.word)
            writer.field("pausedUntil", lane?.pausedUntil)
        }
    }

    /// With what its answer means by the endpoint's rules of today.
    private func write(_ attempt: AttemptOut, to writer: inout JSONWriter) {
        let record = attempt.record
        let verdict = scene.endpoint.policy.response.verdict(on: record.outcome, at: record.startedAt)
        writer.object { writer in
            attempt.writeMembers(to: &writer)
            writer.field("means", record.succeeded ? StatusMeaning.delivered.rawValue : verdict.meaning.rawValue)
        }
    }
}

extension DeliveryStateMachine {
    /// Also when it is being sent once more.
    var wasReceived: Bool {
        if case .delivered = state { return true }
        if case .delivered? = resume { return true }
        return false
    }

    var due: Instant? { if case .waiting(let due) = state { due } else { nil } }
}

extension DeliveryState {
    var word: String {
        switch self {
        case .waiting: "waiting"
        case .inFlight: "in_flight"
        case .delivered: "delivered"
        case .exhausted: "dead_letter"
        case .cancelled: "cancelled"
        }
    }
}

extension AttemptVerdict {
    fileprivate var meaning: StatusMeaning {
        switch self {
        case .delivered: .delivered
        case .retry: .retry
        case .slowDown: .slowDown
        case .stop: .stop
        case .gone: .disable
        }
    }
}
