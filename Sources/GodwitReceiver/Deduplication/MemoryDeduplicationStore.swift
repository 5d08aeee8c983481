import Synchronization

/// Remembers within this process: for tests, and for effects that may happen again after a restart.
public final class MemoryDeduplicationStore: DeduplicationStore {
    private struct State {
        var claimed: Set<String> = []
        var processed: Set<String> = []
        /// A ring: the oldest is overwritten.
        var order: [String] = []
        var next = 0
    }

    private let capacity: Int
    private let state = Mutex(State())

    /// - Parameter capacity: identifiers that are remembered; the one completed longest ago is forgotten for the next.
    public init(capacity: Int = ReceiverLimits.rememberedIDs) { self.capacity = max(1, capacity) }

    /// Claims a key.
    public func begin(_ key: String) -> DeduplicationClaim {
        state.withLock { state in
            if state.processed.contains(key) { return .processed }
            return state.claimed.insert(key).inserted ? .first : .inProgress
        }
    }

    /// Remembers it.
    public func complete(_ key: String) {
        state.withLock { state in
            state.claimed.remove(key)
            guard state.processed.insert(key).inserted else { return }
            if state.order.count < capacity {
                state.order.append(key)
            } else {
                state.processed.remove(state.order[state.next])
                state.order[state.next] = key
                state.next = (state.next + 1) % capacity
            }
        }
    }

    /// Gives the claim back.
    public func abandon(_ key: String) { state.withLock { _ = $0.claimed.remove(key) } }
}
