#if Postgres
import GodwitStore
import Synchronization

/// A connection that reads, opened when it is first needed, and again when it was lost.
final class PostgresReader: Sendable {
    private struct State {
        var connection: PostgresConnection?
        var isClosed = false

        mutating func open(_ gate: PostgresGate) throws(StoreError) -> PostgresConnection {
            guard !isClosed else { throw StoreError.closed }
            if let connection, !connection.isLost { return connection }
            connection = nil
            let opened = try gate.connect()
            connection = opened
            return opened
        }
    }

    private let gate: PostgresGate
    private let state = Mutex(State())

    init(_ gate: PostgresGate) { self.gate = gate }

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
