import GodwitCore
import GodwitEngine
import GodwitStore

/// What a poller looks for in a feed.
struct FeedFilter: Sendable {
    let eventType: String?
    let channel: String?

    func passes(_ entry: FeedEntry) -> Bool {
        // What was withdrawn is no message any more.
        if case .cancelled = entry.delivery.machine.state { return false }
        if let eventType, entry.message.eventType != eventType { return false }
        if let channel, !entry.message.channels.contains(channel) { return false }
        return true
    }
}

/// A part of a feed from which some entries were left out.
struct FeedScan: Sendable {
    private(set) var entries: [FeedEntry] = []
    /// The number up to which the feed was looked at.
    private(set) var position: Int64
    private(set) var isDone = false

    /// Looks at no more than `Limits.feedScan` entries, so a filter that few pass may give an empty part, with more to come.
    init(_ engine: DeliveryEngine, endpoint: Int64, after: Int64, limit: Int, _ filter: FeedFilter) async throws(StoreError) {
        position = after
        var scanned = 0
        var bytes = 0
        while entries.count < limit, scanned < Limits.feedScan, bytes < Limits.feedPageBytes {
            let found = try await engine.feed(endpoint: endpoint, after: position, limit: limit)
            for entry in found.entries where entries.count < limit {
                position = entry.sequence
                scanned += 1
                guard filter.passes(entry) else { continue }
                bytes += entry.message.contentBytes
                entries.append(entry)
            }
            if found.entries.isEmpty { position = max(position, found.head) }
            isDone = position >= found.head
            if isDone { break }
        }
    }
}
