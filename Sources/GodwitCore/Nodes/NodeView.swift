/// The living nodes, as one of them sees them. What follows from it is decided by each node for itself: nodes that see the same come
/// to the same answer, and nobody has to be asked.
package struct NodeView: Hashable, Sendable {
    package let own: Lease
    package let role: NodeRole
    /// Own one included, ascending.
    package let nodes: [Lease]
    /// Those of them that deliver.
    private let workers: [Lease]

    package init(own: Lease, role: NodeRole, others: [(lease: Lease, role: NodeRole)]) {
        self.own = own
        self.role = role
        let all = (others.filter { $0.lease != own } + [(own, role)]).sorted { $0.0.rawValue < $1.0.rawValue }
        nodes = all.map(\.0)
        workers = all.filter(\.1.delivers).map(\.0)
    }

    package init(own: Lease, role: NodeRole, _ nodes: [Node]) {
        self.init(own: own, role: role, others: nodes.filter(\.isAlive).map { ($0.lease, $0.role) })
    }

    /// The only node there is.
    package static func alone(_ own: Lease) -> NodeView { NodeView(own: own, role: .all, others: []) }

    package var isAlone: Bool { nodes.count == 1 }

    /// Who delivers what one node alone has to deliver; nil when nobody delivers. Rendezvous hashing: when a node comes or goes, only
    /// what it gets, or had, changes hands.
    package func owner(of key: Int64) -> Lease? {
        guard workers.count > 1 else { return workers.first }
        return workers.max { Self.weight(key, $0) < Self.weight(key, $1) }
    }

    package func owns(_ key: Int64) -> Bool { role.delivers && owner(of: key) == own }

    /// Takes over from the dead, as one of a few: each step of it is safe to be done by several, and any of them may have died as well.
    package var takesOver: Bool { (workers.isEmpty ? nodes : workers).prefix(Limits.nodesTakingOver).contains(own) }

    /// Does what has to be done once for all: the eldest of those that deliver, or of all when none does.
    package var keepsHouse: Bool { (workers.first ?? nodes.first) == own }

    /// SplitMix64 over both.
    private static func weight(_ key: Int64, _ lease: Lease) -> UInt64 {
        var generator = SeededGenerator(
            seed: UInt64(bitPattern: key) ^ (UInt64(bitPattern: lease.rawValue) &* 0xD6E8_FEB8_6659_FD93))
        return generator.next()
    }
}
