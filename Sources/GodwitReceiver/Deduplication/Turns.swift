import Synchronization

/// One at a time for each key: who comes while another is at work waits for it.
final class Turns: Sendable {
    private struct State {
        var count = 0
        var waiting: [String: [CheckedContinuation<Void, Never>]] = [:]
    }

    private let limit: Int
    private let state = Mutex(State())

    /// - Parameter limit: at work and waiting together.
    init(limit: Int) { self.limit = limit }

    /// - Returns: false, and no turn, when too many are here.
    func enter(_ key: String) async -> Bool {
        let isAdmitted = state.withLock { state in
            guard state.count < limit else { return false }
            state.count += 1
            return true
        }
        guard isAdmitted else { return false }
        while !take(key) {
            await withCheckedContinuation { continuation in
                let isFree = state.withLock { state in
                    guard state.waiting[key] != nil else { return true }
                    state.waiting[key]?.append(continuation)
                    return false
                }
                if isFree { continuation.resume() }
            }
        }
        return true
    }

    private func take(_ key: String) -> Bool {
        state.withLock { state in
            guard state.waiting[key] == nil else { return false }
            state.waiting[key] = []
            return true
        }
    }

    func leave(_ key: String) {
        let waiting = state.withLock { state in
            state.count -= 1
            return state.waiting.removeValue(forKey: key) ?? []
        }
        for continuation in waiting { continuation.resume() }
    }
}
