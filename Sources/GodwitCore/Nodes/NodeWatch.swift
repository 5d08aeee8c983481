/// What one node concludes from renewing its lease: whom it takes for dead, and how far it may trust that it isn't taken for dead
/// itself.
package struct NodeWatch: Hashable, Sendable {
    /// Who can't reach the store can't judge others, and neither can who has just reached it again: after an outage all are silent.
    private var seesSince: Instant?
    private var renewedAt: Instant

    /// - Parameter now: on any clock that never steps; the same for all calls.
    package init(begunAt now: Instant) { renewedAt = now }

    /// - Parameter asked: the moment before the renewal was asked for: the store's clock counts from later.
    /// - Returns: whose deliveries are to be taken over.
    package mutating func renewed(_ nodes: [Node], own: Lease, asked: Instant) -> [Lease] {
        if asked - renewedAt > Limits.nodeRenewal * 2 { seesSince = asked }
        let since = seesSince ?? asked
        seesSince = since
        renewedAt = asked
        let mayJudge = asked - since >= Limits.nodeSilence
        return nodes.filter { $0.lease != own && ($0.isGivenUp || (mayJudge && !$0.isAlive)) }.map(\.lease)
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
