package import GodwitCore

package protocol RetentionStore: Sendable {
    /// Bytes that what is stored takes; room that was given back and waits to be used again doesn't count.
    ///
    /// - Returns: nil when the store can't tell.
    func storedBytes() throws(StoreError) -> Int64?
}

extension RetentionStore {
    package func storedBytes() throws(StoreError) -> Int64? { nil }
}

/// What is removed when it was kept for long enough.
package enum RetentionCommand: Sendable {
    /// Removes messages, in the order of their keys, with their deliveries, attempts, labels and event ids. A message goes when its
    /// key is of before that moment, its payload is gone, and each of its deliveries ended at least `Limits.forgottenAfterEnd` ago
    /// and stands in no line; nothing can revive such a one. Sequence numbers and statistics stay.
    ///
    /// Looks at the messages behind the key `after`; at no more than `Limits.forgottenScan`, nor at any behind the last that it
    /// removes, which are up to `limit`, or `Limits.forgottenRows`. A store may also remove more at once, where that costs nothing.
    /// Answered by `.forgotten`.
    case forget(before: Instant, after: Int64, limit: Int)
    /// Removes up to `limit` counters of hours before that minute since 1970, the oldest first, but for those that count what has
    /// not ended. Answered by `.count`; ask again until it is below the limit.
    case forgetStatistics(before: Int64, limit: Int)
    /// Makes ahead what the store needs for what comes next, if it needs anything. Answered by `.done`.
    ///
    /// - Parameter retentionDays: nil: messages are kept for ever.
    case prepare(retentionDays: Int?)
}

package enum RetentionResult: Hashable, Sendable {
    /// How many messages were removed, and up to which key messages were looked at.
    case forgotten(count: Int, upTo: Int64, isLast: Bool)
    case count(Int)
    case done
}
