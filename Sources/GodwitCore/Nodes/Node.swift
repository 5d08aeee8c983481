/// What a node does.
package enum NodeRole: String, Hashable, Sendable, CaseIterable {
    case all
    /// Accepts messages and leaves their delivery to others.
    case api
    /// Delivers what others accepted.
    case worker

    package var delivers: Bool { self != .api }
    package var serves: Bool { self != .worker }
}

/// A node as its store knows it, by the store's clock.
package struct Node: Hashable, Sendable {
    package let lease: Lease
    package let role: NodeRole
    /// Since it began, or renewed its lease last.
    package let silence: Duration
    /// Changes whenever it renews its lease, and says nothing else.
    package let sign: Int64
    /// Somebody took it for dead. It never comes back to life under this lease.
    package let isGivenUp: Bool

    package init(lease: Lease, role: NodeRole, silence: Duration, sign: Int64, isGivenUp: Bool) {
        self.lease = lease
        self.role = role
        self.silence = silence
        self.sign = sign
        self.isGivenUp = isGivenUp
    }

    package var isAlive: Bool { !isGivenUp && silence <= Limits.nodeSilence }
}

extension Lease {
    /// Of all keys of a moment, those that end in this number are this lease's: `IdentifierGenerator`. Of two leases that are alive
    /// together only one has it.
    package var slot: Int64 { rawValue % Int64(Limits.nodes) }
}
