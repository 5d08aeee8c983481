import GodwitCore
import Synchronization

/// Wakes those who wait for an endpoint's next delivery. Whoever waits costs an entry here and a timer, no thread.
final class FeedNotifier: Sendable {
    private struct State {
        var signals: [Int64: [UInt64: FeedSignal]] = [:]
        var lastNumber: UInt64 = 0
    }

    private let state = Mutex(State())
    /// So that publishes of endpoints that nobody reads take no lock.
    private let count = Atomic(0)

    /// - Returns: nil when `Limits.feedWaiters` wait already.
    func join(_ endpoint: Int64) -> FeedWaiter? {
        let signal = FeedSignal()
        let number = state.withLock { state -> UInt64? in
            guard count.load(ordering: .relaxed) < Limits.feedWaiters else { return nil }
            count.add(1, ordering: .sequentiallyConsistent)
            state.lastNumber += 1
            state.signals[endpoint, default: [:]][state.lastNumber] = signal
            return state.lastNumber
        }
        return number.map { FeedWaiter(self, endpoint: endpoint, number: $0, signal) }
    }

    /// Endpoints that somebody waits for.
    var awaited: Set<Int64> {
        guard count.load(ordering: .relaxed) > 0 else { return [] }
        return state.withLock { Set($0.signals.keys) }
    }

    fileprivate func leave(_ endpoint: Int64, _ number: UInt64) {
        state.withLock { state in
            guard state.signals[endpoint]?.removeValue(forKey: number) != nil else { return }
            if state.signals[endpoint]?.isEmpty == true { state.signals[endpoint] = nil }
            count.subtract(1, ordering: .sequentiallyConsistent)
        }
    }

    /// Something of the endpoint was committed. Quick, for the writer's thread calls it.
    ///
    /// Who joins after this has read the count reads the store afterwards, and finds what was committed.
    func notify(_ endpoint: Int64) {
        guard count.load(ordering: .sequentiallyConsistent) > 0 else { return }
        let signals = state.withLock { state in state.signals[endpoint].map { Array($0.values) } ?? [] }
        for signal in signals { signal.set() }
    }
}

/// A place among those who wait for an endpoint's next delivery, given back when nobody holds it any more.
package final class FeedWaiter: Sendable {
    private let notifier: FeedNotifier
    let endpoint: Int64
    private let number: UInt64
    let signal: FeedSignal

    fileprivate init(_ notifier: FeedNotifier, endpoint: Int64, number: UInt64, _ signal: FeedSignal) {
        self.notifier = notifier
        self.endpoint = endpoint
        self.number = number
        self.signal = signal
    }

    deinit { notifier.leave(endpoint, number) }
}

/// Remembers that it was set until somebody has waited for it: what happens between a look and the wait isn't missed.
final class FeedSignal: Sendable {
    private enum State {
        case idle
        case set
        case awaited(CheckedContinuation<Void, Never>)
    }

    private let state = Mutex(State.idle)

    func set() {
        let waiting = state.withLock { state -> CheckedContinuation<Void, Never>? in
            if case .awaited(let continuation) = state {
                state = .idle
                return continuation
            }
            state = .set
            return nil
        }
        waiting?.resume()
    }

    /// For one task at a time.
    func wait() async {
        await withCheckedContinuation { continuation in
            let isSet = state.withLock { state -> Bool in
                if case .set = state {
                    state = .idle
                    return true
                }
                state = .awaited(continuation)
                return false
            }
            if isSet { continuation.resume() }
        }
    }
}
