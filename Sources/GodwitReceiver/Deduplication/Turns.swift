import Synchronization

/// One at a time for each key, first come, first served.
final class Turns: Sendable {
    private struct State {
        var count = 0
        /// Who waits, for each key that is taken.
        var lines: [String: [CheckedContinuation<Bool, Never>]] = [:]
    }

    private let limit: Int
    private let state = Mutex(State())

    /// - Parameter limit: at work and waiting together.
    init(limit: Int) { self.limit = limit }

    /// - Parameter isOwn: work of this program, which finds a place however many requests wait.
    /// - Returns: false, and no turn, when too many are here.
    func enter(_ key: String, isOwn: Bool = false) async -> Bool {
        await withCheckedContinuation { continuation in
            let answer: Bool? = state.withLock { state in
                guard isOwn || state.count < limit else { return false }
                state.count += 1
                guard state.lines[key]?.append(continuation) == nil else { return nil }
                state.lines[key] = []
                return true
            }
            if let answer { continuation.resume(returning: answer) }
        }
    }

    /// Hands the turn to the next.
    func leave(_ key: String) {
        let next: CheckedContinuation<Bool, Never>? = state.withLock { state in
            state.count -= 1
            guard let line = state.lines[key], !line.isEmpty else {
                state.lines[key] = nil
                return nil
            }
            return state.lines[key]?.removeFirst()
        }
        next?.resume(returning: true)
    }
}
