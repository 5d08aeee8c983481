#if Postgres
import Dispatch
import GodwitCore
import GodwitSQL
import GodwitStore
import Synchronization

/// A connection that reads, opened when it is first needed, and again when it was lost.
final class PostgresReader: Sendable {
    private struct State {
        var connection: PostgresConnection?
        var isClosed = false
        var listens = false

        mutating func open(_ gate: PostgresGate) throws(StoreError) -> PostgresConnection {
            guard !isClosed else { throw StoreError.closed }
            if let connection, !connection.isLost { return connection }
            connection = nil
            let opened = try gate.connect()
            // With a pooler between, nobody is told: then it is looked for.
            if listens, !opened.isPooled { try opened.run(Listen()) }
            connection = opened
            return opened
        }
    }

    private let gate: PostgresGate
    private let state: Mutex<State>

    /// - Parameter listens: to what other nodes have to say.
    init(_ gate: PostgresGate, listens: Bool = false) {
        self.gate = gate
        state = Mutex(State(listens: listens))
    }

    /// Blocks. Returns at once when there was a notification.
    func awaitNotification(atMost span: Duration) {
        let isWaitedFor = state.withLock { state -> Bool in
            guard let connection = state.connection, !connection.isLost else { return false }
            connection.awaitNotification(atMost: span)
            return true
        }
        if !isWaitedFor { _ = DispatchSemaphore(value: 0).wait(timeout: .now() + .milliseconds(Int(span.wholeMilliseconds))) }
    }

    func read<Value: Sendable>(_ body: (PostgresConnection) throws(StoreError) -> Value) throws(StoreError) -> Value {
        try state.withLock { state throws(StoreError) in
            let connection = try state.open(gate)
            // One that was kept may turn out to be dead: then what was asked is asked again, once.
            do throws(StoreError) { return try body(connection) } catch {
                guard connection.isLost else { throw error }
                return try body(state.open(gate))
            }
        }
    }

    /// - Returns: nil, without a wait, when somebody else reads with it.
    func readIfFree<Value: Sendable>(
        _ body: (PostgresConnection) throws(StoreError) -> Value
    ) throws(StoreError) -> Value? {
        try state.withLockIfAvailable { state throws(StoreError) in
            let connection = try state.open(gate)
            // One that was kept may turn out to be dead: then what was asked is asked again, once.
            do throws(StoreError) { return try body(connection) } catch {
                guard connection.isLost else { throw error }
                return try body(state.open(gate))
            }
        }
    }

    func close() {
        state.withLock { state in
            state.connection = nil
            state.isClosed = true
        }
    }
}
#endif
