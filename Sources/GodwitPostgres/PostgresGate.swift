#if Postgres
import GodwitCore
import GodwitStore
import Synchronization

/// The way to a database, for all connections of a store: one that can't be reached is tried at intervals, and meanwhile whoever
/// wants it is told at once.
final class PostgresGate: Sendable {
    private struct State {
        var failures = 0
        var closedUntil: ContinuousClock.Instant?
        var failure = StoreError(.unavailable, "the database was not reached yet")
    }

    private let address: String
    private let state = Mutex(State())

    init(address: String) { self.address = address }

    func connect() throws(StoreError) -> PostgresConnection {
        try state.withLock { state throws(StoreError) in
            if let until = state.closedUntil, ContinuousClock.now < until { throw state.failure }
        }
        do throws(StoreError) {
            let connection = try PostgresConnection.open(address)
            state.withLock { $0 = State() }
            return connection
        } catch {
            state.withLock { state in
                state.failure = error
                let wait = min(Limits.databaseRetryWait * (1 << min(state.failures, 10)), Limits.databaseRetryWaitMax)
                // Many servers that lost one database don't come back to it at the same moment.
                state.closedUntil = .now + wait * Double.random(in: 0.5...1)
                state.failures += 1
            }
            throw error
        }
    }
}

extension PostgresConnection {
    static func open(_ address: String) throws(StoreError) -> PostgresConnection {
        do throws(PostgresError) {
            return try PostgresConnection(to: address, patience: Limits.databasePatience)
        } catch {
            throw StoreError(error)
        }
    }
}
#endif
