import Dispatch
package import GodwitCore
package import GodwitStore
import Synchronization

extension ModelStore {
    package func begin(_ role: NodeRole, at now: Instant) throws(StoreError) -> Lease {
        try state.withLock { state throws(StoreError) in try state.begin(role, isShared: isShared, at: now) }
    }

    package func renew(_ lease: Lease, as role: NodeRole, at now: Instant) -> [Node]? {
        state.withLock { $0.renew(lease, as: role, at: now) }
    }

    /// Time is the simulation's.
    package func time() -> Instant? { nil }

    package func news(after revision: Int64) -> NodeNews {
        state.withLock { state in
            NodeNews(
                hasChanges: state.nodes.revision > revision,
                wakes: Array(state.nodes.wakes.values.sorted { $0.number < $1.number }.prefix(Limits.wakesRead)))
        }
    }

    package func revision() -> Int64 { state.withLock { $0.nodes.revision } }

    /// Nobody tells: it is the poll that has to be right.
    package func awaitNews(atMost span: Duration) {
        _ = DispatchSemaphore(value: 0).wait(timeout: .now() + .milliseconds(Int(span.wholeMilliseconds)))
    }

    package func feedHeads(_ endpoints: Set<Int64>) -> [Int64: Int64] {
        state.withLock { $0.lastSequences.filter { endpoints.contains($0.key) } }
    }
}
