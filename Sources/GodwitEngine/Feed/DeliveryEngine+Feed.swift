package import GodwitCore
package import GodwitStore
import NIOCore
import ServiceLifecycle

extension DeliveryEngine {
    /// What an endpoint's feed holds behind `after`, with the head: at least as great as any entry's number.
    package func feed(
        endpoint: Int64, after: Int64, limit: Int
    ) async throws(StoreError) -> (head: Int64, entries: [FeedEntry]) {
        try await read { store throws(StoreError) in
            let head = try store.feedHead(endpoint: endpoint)
            guard after < head else { return (head, []) }
            let entries = try store.feed(endpoint: endpoint, after: after, limit: limit)
            return (max(head, entries.last?.sequence ?? 0), entries)
        }
    }

    package func pullHeaders(of endpoint: Endpoint) throws -> PullHeaders {
        try PullHeaders(of: endpoint, settings: settings, at: clock.now)
    }

    /// Join before looking at the feed, then look, then wait: nothing that is committed meanwhile is missed.
    ///
    /// - Returns: nil when too many wait already.
    package func joinFeed(_ endpoint: Int64) -> FeedWaiter? { feeds.join(endpoint) }

    /// Something of the endpoint can be read that could not be before.
    package func noteFeed(_ endpoint: Int64) { feeds.notify(endpoint) }

    /// Until the endpoint's next delivery is committed, it is deleted, the span is over, the task is cancelled, or the server stops.
    ///
    /// - Returns: false when there is no point in waiting again.
    package func wait(_ waiter: FeedWaiter, atMost span: Duration) async -> Bool {
        let signal = waiter.signal
        let timer = shard(of: waiter.endpoint).eventLoop.scheduleTask(in: .milliseconds(max(0, span.wholeMilliseconds))) {
            signal.set()
        }
        defer { timer.cancel() }
        await withTaskCancellationHandler {
            await withGracefulShutdownHandler {
                await signal.wait()
            } onGracefulShutdown: {
                signal.set()
            }
        } onCancel: {
            signal.set()
        }
        return !Task.isCancelled && !Task.isShuttingDownGracefully
    }
}
