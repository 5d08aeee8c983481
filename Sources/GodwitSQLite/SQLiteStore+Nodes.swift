package import GodwitCore
import GodwitSQL
package import GodwitStore

/// One node has the store for itself: nobody is to be told, nobody taken over from.
extension SQLiteStore {
    package var isShared: Bool { false }

    package func begin(_ role: NodeRole, at now: Instant) throws(StoreError) -> Lease {
        try write { writer throws(StoreError) in try writer.begin(at: now) }
    }

    package func renew(_ lease: Lease, as role: NodeRole, at now: Instant) throws(StoreError) -> [Node]? {
        [Node(lease: lease, role: role, silence: .zero, sign: 0, isGivenUp: false)]
    }

    package func time() throws(StoreError) -> Instant? { nil }
    package func news(after revision: Int64) throws(StoreError) -> NodeNews { NodeNews(hasChanges: false, wakes: []) }
    package func revision() throws(StoreError) -> Int64 { 0 }
    package func awaitNews(atMost span: Duration) {}
}
