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

        var isOpen: Bool { connection.map { !$0.isLost } ?? false }

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

        /// One that was kept may turn out to be dead: then what was asked is asked again, once, unless it has cost all patience.
        mutating func opened(again gate: PostgresGate, after error: StoreError) throws(StoreError) -> PostgresConnection {
            guard let connection, connection.isLost else { throw error }
            guard !connection.isSilent else {
                gate.close(error)
                throw error
            }
            return try open(gate)
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
            do throws(StoreError) { return try body(connection) } catch {
                return try body(state.opened(again: gate, after: error))
            }
        }
    }

    /// - Parameters:
    ///   - opening: whether to connect if need be.
    ///   - unopened: hears why that was not possible.
    /// - Returns: nil, without a wait, when somebody else reads with it, or it has no connection.
    func readIfFree<Value: Sendable>(
        opening: Bool, unopened: inout StoreError?, _ body: (PostgresConnection) throws(StoreError) -> Value
    ) throws(StoreError) -> Value? {
        try state.withLockIfAvailable { state throws(StoreError) -> Value? in
            guard opening || state.isOpen else { return nil }
            let connection: PostgresConnection
            do throws(StoreError) { connection = try state.open(gate) } catch {
                unopened = error
                return nil
            }
            do throws(StoreError) { return try body(connection) } catch {
                return try body(state.opened(again: gate, after: error))
            }
        } ?? nil
    }

    /// Neither connects nor tries again.
    ///
    /// - Returns: nil, without a wait, when somebody else reads with it, or it has no connection.
    func readIfOpen<Value: Sendable>(
        _ body: (PostgresConnection) throws(StoreError) -> Value
    ) throws(StoreError) -> Value? {
        try state.withLockIfAvailable { state throws(StoreError) -> Value? in
            guard state.isOpen, let connection = state.connection else { return nil }
            return try body(connection)
        } ?? nil
    }

    /// Blocks until it has a connection.
    func open() throws(StoreError) {
        try state.withLock { state throws(StoreError) in _ = try state.open(gate) }
    }

    /// Whether it has a connection, or somebody uses it.
    var isOpen: Bool { state.withLockIfAvailable { $0.isOpen } ?? true }

    /// Gives the connection back, unless somebody reads with it.
    func disconnectIfFree() {
        _ = state.withLockIfAvailable { $0.connection = nil }
    }

    func close() {
        state.withLock { state in
            state.connection = nil
            state.isClosed = true
        }
    }
}
#endif
