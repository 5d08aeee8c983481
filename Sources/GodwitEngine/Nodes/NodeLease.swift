import GodwitCore
import GodwitStore
import Synchronization

/// This node's lease, the nodes beside it, and how far the lease may be relied on at this moment.
final class NodeLease: Sendable {
    private let state: Mutex<NodeView>
    private let current: Atomic<Int64>
    /// Milliseconds of `now`.
    private let renewedAt: Atomic<Int64>
    private let started: ContinuousClock.Instant
    private let isShared: Bool

    /// - Parameters:
    ///   - isShared: whether anybody could take the lease away.
    ///   - started: a moment before the lease was begun.
    init(_ view: NodeView, isShared: Bool, started: ContinuousClock.Instant) {
        self.started = started
        state = Mutex(view)
        current = Atomic(view.own.rawValue)
        renewedAt = Atomic(0)
        self.isShared = isShared
    }

    /// A new lease, and who else lives.
    static func begin(_ role: NodeRole, _ store: any Store, at now: Instant) throws(StoreError) -> NodeView {
        let lease = try store.begin(role, at: now)
        guard store.isShared else { return NodeView(own: lease, role: role, others: []) }
        guard let nodes = try store.renew(lease, as: role, at: now) else {
            throw StoreError(.unavailable, "the lease was given up at once")
        }
        return NodeView(own: lease, role: role, nodes)
    }

    /// Never steps, and goes on while the machine sleeps: the store's clock does so too.
    var now: Instant {
        Instant(millisecondsSince1970: (ContinuousClock.now - started).wholeMilliseconds)
    }

    var lease: Lease { Lease(rawValue: current.load(ordering: .acquiring)) }

    var view: NodeView { state.withLock { $0 } }

    var trust: LeaseTrust {
        guard isShared else { return .full }
        return NodeWatch.trust(
            renewedAt: Instant(millisecondsSince1970: renewedAt.load(ordering: .acquiring)), at: now)
    }

    func renewed(at asked: Instant) { renewedAt.store(asked.millisecondsSince1970, ordering: .releasing) }

    /// - Returns: whether that is news.
    func see(_ view: NodeView) -> Bool {
        state.withLock { former in
            defer { former = view }
            return former != view
        }
    }

    /// What is accepted from now on is accepted under the new lease.
    func begin(_ view: NodeView, at asked: Instant) {
        state.withLock { $0 = view }
        renewed(at: asked)
        current.store(view.own.rawValue, ordering: .releasing)
    }
}
