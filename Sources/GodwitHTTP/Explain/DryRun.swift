import GodwitCore
import GodwitStore

/// What an endpoint would have received: counts that grow with each page of past messages.
struct DryRun: Sendable {
    let subscription: Subscription
    private(set) var messagesLookedAt = 0
    private(set) var wouldReceive = 0
    /// Of those, how many the endpoint has a delivery of.
    private(set) var received = 0
    private(set) var byEventType: [String: Int] = [:]
    /// The newest of them.
    private(set) var sample: [MessageID] = []

    init(eventTypes: [String]?, channels: [String]?) {
        subscription = Subscription(disabled: false, disablement: nil, eventTypes: eventTypes, channels: channels)
    }

    mutating func look(
        at messages: [Message], hasDelivery: (Message) throws(StoreError) -> Bool
    ) throws(StoreError) {
        for message in messages {
            messagesLookedAt += 1
            guard subscription.refusal(eventType: message.eventType, channels: message.channels) == nil else { continue }
            wouldReceive += 1
            byEventType[message.eventType, default: 0] += 1
            if sample.count < Limits.dryRunSample { sample.append(message.id) }
            if try hasDelivery(message) { received += 1 }
        }
    }
}

struct DryRunOut: JSONWritable {
    let run: DryRun
    /// From where on it looked, up to now.
    let since: Instant
    /// False when there were more messages than one dry run looks at.
    let complete: Bool

    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.field("since", since)
            writer.field("messagesLookedAt", run.messagesLookedAt)
            writer.field("complete", complete)
            writer.field("wouldReceive", run.wouldReceive)
            writer.field("received", run.received)
            writer.field("byEventType", run.byEventType)
            writer.field("sample", run.sample)
        }
    }
}
