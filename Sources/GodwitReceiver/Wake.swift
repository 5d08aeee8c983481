import Synchronization

/// Lets one task wait until another has something for it, or time is over. What is set while nobody waits isn't lost.
///
/// Not an `AsyncStream`: that ends for good when a task that waits for it is cancelled.
final class Wake: Sendable {
    private struct State {
        var isSet = false
        var waiter: CheckedContinuation<Bool, Never>?
        /// So that a late timer ends only its own wait.
        var generation = 0
    }

    private let state = Mutex(State())

    func set() {
        let waiter = state.withLock { state in
            state.isSet = state.waiter == nil
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume(returning: true)
    }

    /// - Returns: whether it was set; false when time is over or the task was cancelled.
    func wait(seconds: Int) async -> Bool {
        let generation = state.withLock { state in
            state.generation += 1
            return state.generation
        }
        let timer = Task { [weak self] in
            try await Task.sleep(for: .seconds(seconds))
            self?.expire(generation)
        }
        defer { timer.cancel() }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer: Bool? = state.withLock { state in
                    if state.isSet {
                        state.isSet = false
                        return true
                    }
                    if Task.isCancelled { return false }
                    // Two who wait at once are a mistake; none of them may wait for ever.
                    state.waiter?.resume(returning: false)
                    state.waiter = continuation
                    return nil
                }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            expire(generation)
        }
    }

    private func expire(_ generation: Int) {
        let waiter: CheckedContinuation<Bool, Never>? = state.withLock { state in
            guard state.generation == generation else { return nil }
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume(returning: false)
    }
}
