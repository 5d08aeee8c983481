import GodwitCore
import GodwitStore

/// What a store is filled with: the same numbers give the same content, identifiers aside.
struct APIDataset: Sendable {
    let messages: Int
    /// Each gets every message.
    let endpoints: Int
    /// When the last message was published.
    let end: Instant

    static let span: Duration = .seconds(28 * 86_400)
    private static let types = 50
    /// Of this type there is one message in ten thousand.
    static let rareType = "bench.rare"
    static let commonType = "bench.type-1"
    static let channel = "channel-1"
    static let tag = "tag-1"

    func publishedAt(_ number: Int) -> Instant {
        let milliseconds = Self.span.wholeMilliseconds
        return end + .milliseconds(Int64(number) * milliseconds / Int64(max(1, messages)) - milliseconds)
    }

    func message(_ number: Int, id: MessageID, application: Int64) -> Message {
        let createdAt = publishedAt(number)
        let type = number % 10_000 == 5000 ? Self.rareType : "bench.type-\(number % Self.types)"
        return Message(
            id: id, application: application, eventType: type,
            channels: number % 5 == 0 ? ["channel-\(number / 5 % 20)"] : [],
            tags: number % 10 == 0 ? ["tag-\(number / 10 % 100)"] : [],
            payload: Array(#"{"number":\#(number),"amount":15000,"currency":"KRW","note":"\#(Self.note)"}"#.utf8),
            createdAt: createdAt, payloadExpiresAt: createdAt + .seconds(90 * 86_400))
    }

    private static let note = String(repeating: "payment approved. ", count: 8)

    /// How the delivery of a message to an endpoint went.
    enum Story: Sendable {
        case delivered
        case deliveredAtLast
        case dead
    }

    func story(message: Int, endpoint: Int) -> Story {
        switch (message &* 31 &+ endpoint &* 17) % 100 {
        case 0: .dead
        case 1...5: .deliveredAtLast
        default: .delivered
        }
    }
}

extension APIDataset.Story {
    /// The answers to its attempts.
    var statuses: [UInt16] {
        switch self {
        case .delivered: [200]
        case .deliveredAtLast: [500, 200]
        case .dead: [500, 503, 404]
        }
    }

    func machine(endedAt: Instant) -> DeliveryStateMachine {
        let attempts = statuses.count
        let state: DeliveryState = if case .dead = self { .exhausted(at: endedAt) } else { .delivered(at: endedAt) }
        return DeliveryStateMachine(state: state, attempts: attempts, scheduledAttempts: attempts, resume: nil)
    }
}
