package import GodwitCore
package import GodwitStore
import NIOCore

extension DeliveryEngine {
    /// Nothing further of the message is sent, beyond what is on the wire.
    ///
    /// - Returns: how many of its deliveries were cancelled.
    package func cancelMessage(application: Int64, _ reference: Reference) async throws(StoreError) -> Int {
        guard
            case .cancelledMessage(let message, let endpoints) = try await change(
                .cancelMessage(application: application, reference))
        else { return 0 }
        withdraw(endpoints.map { DeliveryKey(message: message, endpoint: $0) })
        return endpoints.count
    }

    /// Removes payloads. What was not delivered yet is cancelled.
    ///
    /// - Returns: which of the messages there are.
    package func expungeMessages(application: Int64, _ references: [Reference]) async throws(StoreError) -> [Bool] {
        let command = ContentCommand.expungeMessages(application: application, references)
        guard case .content(.expunged(let found, let cancelled)) = try await change(.content(command)) else {
            throw StoreError(.unusable, "the store answered an expunction with something else")
        }
        withdraw(cancelled)
        return found
    }

    /// Forgets what memory holds of deliveries that were cancelled in the store.
    func withdraw(_ deliveries: [DeliveryKey]) {
        for key in deliveries {
            let shard = shard(of: key.endpoint)
            shard.eventLoop.execute { shard.withdraw(message: key.message, endpoint: key.endpoint) }
        }
    }

    /// Lets pass those that wait behind dead letters in the endpoint's lines: behind that of one message, or all.
    ///
    /// - Returns: how many dead letters made way.
    package func releaseLines(endpoint: Int64, message: Int64?) async throws(StoreError) -> Int {
        var released = 0
        let batch = Limits.transactionCommands
        while case .count(let count) = try await change(
            .releaseLines(endpoint: endpoint, message: message, limit: batch))
        {
            released += count
            if count < batch { break }
        }
        if released > 0 { noteWaiting(endpoint) }
        return released
    }

    /// Of an endpoint that is registered; nil for others.
    package func status(of endpoint: Int64) async -> LaneStatus? {
        let shard = shard(of: endpoint)
        return try? await shard.eventLoop.submit { shard.status(of: endpoint) }.get()
    }

    /// What an endpoint without a retry policy of its own gets.
    package var standardRetry: RetryPolicy { RetryPolicy(settings.core.schedule) }
    package var standardTimeouts: AttemptTimeouts { settings.timeouts }

    func noteWaiting(_ endpoint: Int64) {
        let shard = shard(of: endpoint)
        let now = clock.now
        shard.eventLoop.execute { shard.waiting(endpoint: endpoint, due: now) }
    }
}
