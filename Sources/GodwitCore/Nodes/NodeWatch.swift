/// What one node concludes from renewing its lease: whom it takes for dead, and how far it may trust that it isn't taken for dead
/// itself.
package struct NodeWatch: Hashable, Sendable {
    private struct Sign: Hashable {
        let value: Int64
        /// When it was first seen.
        let since: Instant
    }

    /// The last signs of life of others. The store's clock alone would not do: put on, it makes everybody look silent. Emptied when the
    /// store was out of reach: after an outage all are silent.
    private var signs: [Lease: Sign] = [:]
    private var renewedAt: Instant

    /// - Parameter now: on any clock that never steps; the same for all calls.
    package init(begunAt now: Instant) { renewedAt = now }

    /// A few nodes take over at once; should they have died too, all others do one renewal later, without waiting until these are taken
    /// for dead.
    ///
    /// - Parameters:
    ///   - takesOver: whether we are one of the few.
    ///   - asked: the moment before the renewal was asked for.
    ///   - heard: the moment after it was answered.
    /// - Returns: whose deliveries are to be taken over.
    package mutating func renewed(
        _ nodes: [Node], own: Lease, takesOver: Bool, asked: Instant, heard: Instant
    ) -> [Lease] {
        if asked - renewedAt > Limits.nodeRenewal * 2 { signs = [:] }
        renewedAt = asked
        var seen: [Lease: Sign] = [:]
        var lost: [Lease] = []
        for node in nodes where node.lease != own {
            var sign = Sign(value: node.sign, since: heard)
            if let former = signs[node.lease], former.value == sign.value { sign = former }
            seen[node.lease] = sign
            let silence = asked - sign.since
            let isLost = node.isGivenUp ? takesOver : takesOver && !node.isAlive && silence >= Limits.nodeSilence
            if isLost || (!node.isAlive && silence >= Limits.nodeSilence + Limits.nodeRenewal) { lost.append(node.lease) }
        }
        signs = seen
        return lost
    }

    /// Until when a lease that was renewed at a moment may be relied on.
    package static func end(of trust: LeaseTrust, renewedAt: Instant) -> Instant {
        switch trust {
        case .full: renewedAt + Limits.nodeHandover
        case .shared: renewedAt + Limits.nodeSilence
        case .none: .distantFuture
        }
    }

    package static func trust(renewedAt: Instant, at now: Instant) -> LeaseTrust {
        if now < end(of: .full, renewedAt: renewedAt) { return .full }
        return now < end(of: .shared, renewedAt: renewedAt) ? .shared : .none
    }
}

/// What may be sent under a lease that was not renewed for a while.
package enum LeaseTrust: Hashable, Sendable {
    case full
    /// Only what any node may send: a node that joined meanwhile may own the rest by now.
    case shared
    /// Nothing: others may have taken it all over.
    case none
}
