#if Postgres
package import GodwitCore
import GodwitSQL
package import GodwitStore
import Synchronization

extension PostgresConnection: SharedConnection {}

/// Nodes share the database; they know of each other by its clock.
extension PostgresStore {
    package var isShared: Bool { true }

    package func begin(_ role: NodeRole, at now: Instant) throws(StoreError) -> Lease {
        try write { writer throws(StoreError) in
            let connection = writer.connection
            return try connection.inTransaction { () throws(StoreError) in
                _ = try connection.first(AwaitBeginning())
                let slots = Set(try connection.all(TakenSlots()))
                guard slots.count < Limits.nodes else {
                    throw StoreError(.unavailable, "\(Limits.nodes) nodes use this database")
                }
                while let lease = try connection.first(NextLease()) {
                    guard !slots.contains(lease.slot) else { continue }
                    try connection.run(InsertNode(lease: lease, role: role, now: now))
                    return lease
                }
                throw StoreError(.unusable, "the database gives no numbers")
            }
        }
    }

    package func renew(_ lease: Lease, as role: NodeRole, at now: Instant) throws(StoreError) -> [Node]? {
        if gate.isFailedOver.exchange(false, ordering: .acquiringAndReleasing) { isInDoubt.store(true, ordering: .releasing) }
        if isInDoubt.load(ordering: .acquiring) {
            // Whatever it was, it is taken over from a life that is over. And what is in memory is read again.
            _ = try commit([.catalog(.node(.giveUp(lease, silentFor: .zero)))], at: now)
            isInDoubt.store(false, ordering: .releasing)
        }
        return try keeper.read { connection throws(StoreError) in
            guard try connection.run(RenewLease(lease: lease, role: role)) == 1 else { return nil }
            return try connection.all(ListNodes())
        }
    }

    package func time() throws(StoreError) -> Instant? {
        try keeper.read { connection throws(StoreError) in try connection.first(TimeOfDay()) }
    }

    package func revision() throws(StoreError) -> Int64 {
        try read { connection throws(StoreError) in try connection.first(GreatestRevision()) ?? 0 }
    }

    package func news(after revision: Int64) throws(StoreError) -> NodeNews {
        try keeper.read { connection throws(StoreError) in
            let greatest = try connection.first(GreatestRevision()) ?? 0
            return NodeNews(hasChanges: greatest > revision, wakes: try connection.all(ListWakes()))
        }
    }

    package func awaitNews(atMost span: Duration) { keeper.awaitNotification(atMost: span) }
}
#endif
