import GodwitCore
import GodwitStore
import Synchronization

/// Notes for other nodes, by endpoint: while some are being written, further ones gather. What can't be written is offered again; if
/// this node dies before that, all others look for themselves.
final class WakeOutbox: Sendable {
    private struct State {
        var waiting: [Int64: Instant] = [:]
        var isWriting = false
    }

    private let state = Mutex(State())
    private let write: @Sendable ([Wake], _ done: @escaping @Sendable (Bool) -> Void) -> Void

    init(_ write: @escaping @Sendable ([Wake], _ done: @escaping @Sendable (Bool) -> Void) -> Void) { self.write = write }

    func add(_ wake: Wake) {
        state.withLock { $0.waiting[wake.endpoint] = min($0.waiting[wake.endpoint] ?? wake.due, wake.due) }
        flush()
    }

    func flush() {
        let wakes = state.withLock { state -> [Wake] in
            guard !state.isWriting, !state.waiting.isEmpty else { return [] }
            defer { state.waiting = [:] }
            state.isWriting = true
            return state.waiting.keys.sorted().map { Wake(endpoint: $0, due: state.waiting[$0] ?? .distantPast) }
        }
        guard !wakes.isEmpty else { return }
        write(wakes) { [self] isWritten in
            state.withLock { state in
                state.isWriting = false
                guard !isWritten else { return }
                for wake in wakes { state.waiting[wake.endpoint] = min(state.waiting[wake.endpoint] ?? wake.due, wake.due) }
            }
            // What could not be written waits for the next look.
            if isWritten { flush() }
        }
    }
}
