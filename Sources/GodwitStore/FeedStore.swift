package import GodwitCore

/// Each endpoint's deliveries in the order of their sequence numbers.
package protocol FeedStore: Sendable {
    /// The greatest sequence number that the endpoint was given; 0 for none.
    func feedHead(endpoint: Int64) throws(StoreError) -> Int64
    /// Deliveries with their messages, ascending, those behind `after`: up to `limit`, and no further one after those whose payloads
    /// make `Limits.feedPageBytes`.
    func feed(endpoint: Int64, after: Int64, limit: Int) throws(StoreError) -> [FeedEntry]
    /// The number before that of the endpoint's first delivery whose message was created after the moment; the head if there is none.
    func feedPosition(endpoint: Int64, after instant: Instant) throws(StoreError) -> Int64
}

package struct FeedEntry: Sendable {
    package let delivery: StoredDelivery
    package let message: Message

    package init(delivery: StoredDelivery, message: Message) {
        self.delivery = delivery
        self.message = message
    }

    package var sequence: Int64 { delivery.sequence }
}

/// Ends a page of a feed at `Limits.feedPageBytes`.
package struct FeedPageSize {
    private var bytes = 0

    package init() {}

    /// Whether this entry, which is still part of the page, is its last.
    package mutating func isFull(with entry: FeedEntry) -> Bool {
        bytes += entry.message.contentBytes
        return bytes >= Limits.feedPageBytes
    }
}
