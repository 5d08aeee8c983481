package import GodwitCore

/// What was counted while it was written. Nothing here looks at deliveries or attempts.
package protocol StatisticsStore: Sendable {
    /// Of one endpoint, in minutes since 1970. Minutes that were folded count as the first of their hour.
    func statistics(endpoint: Int64, minutes: Range<Int64>) throws(StoreError) -> EndpointCounters
}

package enum StatisticsCommand: Sendable {
    /// Adds up to `limit` rows of minutes before that one to those of their hours, the oldest first. Answered by `.count`; ask again
    /// until it is below the limit.
    case fold(before: Int64, limit: Int)
}
