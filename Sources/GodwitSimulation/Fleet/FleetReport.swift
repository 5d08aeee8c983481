import GodwitCore

/// What became of the events of a simulated fleet.
package struct FleetReport: Sendable {
    /// Answered with 202.
    package internal(set) var accepted = 0
    /// Arrived at a receiver that works, and was answered with success.
    package internal(set) var delivered = 0
    /// Successful arrivals beyond the first of a delivery.
    package internal(set) var duplicates = 0
    /// Publishes that met a dead node, and were sent to another by their client.
    package internal(set) var publishedAgain = 0
    package internal(set) var attempts = 0
    package internal(set) var claims = 0
    package internal(set) var takenOver = 0
    /// Attempts whose outcome another node's lease refused.
    package internal(set) var lateOutcomes = 0
    /// To endpoints that only hang: tried again later, as their schedule says.
    package internal(set) var toHangingEndpoints = 0
    /// From the loss of the region until the first and the last of what its nodes held was taken over.
    package internal(set) var firstTakeOver: Duration?
    package internal(set) var lastTakeOver: Duration?
    /// Deliveries in the memory of one node, at most.
    package internal(set) var heldAtMost = 0
    var delays: [Phase: [Int64]] = [:]

    /// When, and where, an event was accepted.
    package enum Phase: String, CaseIterable, Sendable {
        case before = "before the loss"
        case held = "at the lost region, within 15 s before"
        case after = "after the loss"
    }

    /// Accepted, to a receiver that works, and never delivered.
    package var lost: Int { accepted - toHangingEndpoints - delivered }

    /// From the 202 to the first success, in milliseconds; nil when nothing was accepted in that phase.
    package func delay(_ phase: Phase, quantile: Double) -> Int64? {
        guard let delays = delays[phase]?.sorted(), !delays.isEmpty else { return nil }
        return delays[min(delays.count - 1, Int(Double(delays.count) * quantile))]
    }

    package func count(_ phase: Phase) -> Int { delays[phase]?.count ?? 0 }
}
