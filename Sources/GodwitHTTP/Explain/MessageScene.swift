import GodwitCore
import GodwitEngine
import GodwitStore

/// All that is known of one message's way, as it was found in one look at the store.
struct MessageScene: Sendable {
    let message: Message
    /// Endpoints of the application that existed when it was published, or have a delivery of it, or exist today; by key.
    let endpoints: [ScenicEndpoint]
    /// Newest first.
    let attempts: [AttemptRecord]
    /// There are more attempts than one look takes.
    let hasMoreAttempts: Bool

    /// One endpoint's part in it.
    struct ScenicEndpoint: Sendable {
        let endpoint: Endpoint
        let deletedAt: Instant?
        /// What it wanted when the message was published; nil when it did not exist then.
        let subscription: Subscription?
        let delivery: StoredDelivery?
        /// Who is first in the line in which the delivery stands, when that is another one.
        let head: (delivery: StoredDelivery, message: MessageID)?
    }

    static func find(_ request: APIRequest, withAttempts: Bool) async throws -> MessageScene {
        let message = try await request.message()
        let current = try request.application().endpoints.map(\.endpoint)
        return try await request.engine.read { store throws(StoreError) in
            try MessageScene(message, current: current, store, withAttempts: withAttempts)
        }
    }

    private init(
        _ message: Message, current: [Endpoint], _ store: any Store, withAttempts: Bool
    ) throws(StoreError) {
        self.message = message
        var deliveries: [Int64: StoredDelivery] = [:]
        for delivery in try store.deliveries(ofMessage: message.id.key) { deliveries[delivery.key.endpoint] = delivery }
        var endpoints: [ScenicEndpoint] = []
        let past = try store.endpoints(application: message.application, at: message.createdAt)
        for past in past {
            let delivery = deliveries[past.endpoint.id.key]
            endpoints.append(
                ScenicEndpoint(
                    endpoint: past.endpoint, deletedAt: past.deletedAt, subscription: past.subscription, delivery: delivery,
                    head: try Self.head(of: delivery, store)))
        }
        let known = Set(past.map(\.endpoint.id.key))
        let later = current.filter { !known.contains($0.id.key) }
        for endpoint in later {
            let delivery = deliveries[endpoint.id.key]
            endpoints.append(
                ScenicEndpoint(
                    endpoint: endpoint, deletedAt: nil, subscription: nil, delivery: delivery,
                    head: try Self.head(of: delivery, store)))
        }
        // Created later, got it by a replay, and deleted since: known as it was just after it was made.
        let gone = Set(deliveries.keys).subtracting(known).subtracting(later.map(\.id.key))
        for key in gone {
            let at = TimeKey.instant(of: key) + .milliseconds(4)
            let found = try store.endpoints(application: message.application, at: at).first { $0.endpoint.id.key == key }
            guard let found else { continue }
            endpoints.append(
                ScenicEndpoint(
                    endpoint: found.endpoint, deletedAt: found.deletedAt, subscription: nil, delivery: deliveries[key],
                    head: nil))
        }
        self.endpoints = endpoints.sorted { $0.endpoint.id < $1.endpoint.id }
        guard withAttempts else {
            attempts = []
            hasMoreAttempts = false
            return
        }
        let page = try store.attempts(
            AttemptFilter(subject: .message(message.id.key)), PageRequest(limit: Limits.pageItems, order: .descending))
        attempts = page.items
        hasMoreAttempts = page.hasMore
    }

    private static func head(
        of delivery: StoredDelivery?, _ store: any Store
    ) throws(StoreError) -> (delivery: StoredDelivery, message: MessageID)? {
        guard let delivery, let line = delivery.machine.line,
            let head = try store.headOfLine(endpoint: delivery.key.endpoint, line: line), head.key != delivery.key,
            let message = try store.messageIDs([head.key.message])[head.key.message]
        else { return nil }
        return (head, message)
    }
}
