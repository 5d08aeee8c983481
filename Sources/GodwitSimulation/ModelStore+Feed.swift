package import GodwitCore
package import GodwitStore
import Synchronization

extension ModelStore {
    package func feedHead(endpoint: Int64) -> Int64 { state.withLock { $0.lastSequences[endpoint] ?? 0 } }

    package func feed(endpoint: Int64, after: Int64, limit: Int) -> [FeedEntry] {
        let entries = state.withLock { state in
            state.deliveries.values
                .filter { $0.key.endpoint == endpoint && $0.sequence > after }
                .sorted { $0.sequence < $1.sequence }
                .compactMap { delivery in
                    state.messages[delivery.key.message].map { FeedEntry(delivery: delivery, message: $0) }
                }
        }
        var size = FeedPageSize()
        var page: [FeedEntry] = []
        for entry in entries.prefix(limit) {
            page.append(entry)
            if size.isFull(with: entry) { break }
        }
        return page
    }

    package func consumer(endpoint: Int64, name: String) -> Consumer? {
        state.withLock { state in state.endpoint(endpoint) == nil ? nil : state.consumers[endpoint]?[name] }
    }

    package func feedPosition(endpoint: Int64, after instant: Instant) -> Int64 {
        let key = KeyRange(after: instant, before: nil).first
        return state.withLock { state in
            state.deliveries.values
                .filter { $0.key.endpoint == endpoint && $0.key.message >= key }
                .map(\.sequence).min().map { $0 - 1 } ?? state.lastSequences[endpoint] ?? 0
        }
    }
}
