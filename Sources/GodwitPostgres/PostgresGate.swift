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
        /// The last that was seen of the servers that can be written to.
        var timeline: Int64 = 0
    }

    private let address: String
    private let sessions: PostgresConnection.Sessions
    private let patience: Duration
    private let state = Mutex(State())
    /// Another server has taken over since: it may lack what the former had answered, unless that waited for it.
    let isFailedOver = Atomic(false)

    init(
        address: String, sessions: PostgresConnection.Sessions = .writable, patience: Duration = Limits.databasePatience
    ) {
        self.address = address
        self.sessions = sessions
        self.patience = patience
    }

    func connect() throws(StoreError) -> PostgresConnection {
        try state.withLock { state throws(StoreError) in
            if let until = state.closedUntil, ContinuousClock.now < until { throw state.failure }
        }
        do throws(StoreError) {
            let connection = try PostgresConnection.open(address, sessions: sessions, patience: patience)
            let timeline = sessions == .writable ? try connection.first(FindPosition())?.timeline ?? 0 : 0
            try state.withLock { state throws(StoreError) in
                // A former primary that came back as one, though another was promoted since: what is written there is lost.
                guard timeline >= state.timeline else {
                    throw StoreError(
                        .unavailable, "the server was failed over from (timeline \(timeline) after \(state.timeline))")
                }
                if state.timeline > 0, timeline > state.timeline { isFailedOver.store(true, ordering: .releasing) }
                state = State(timeline: timeline)
            }
            return connection
        } catch {
            close(error)
            throw error
        }
    }

    /// Whoever has waited for others that wanted the same is told what these were told, and doesn't wait as long again.
    func close(_ failure: StoreError) {
        state.withLock { state in
            state.failure = failure
            let wait = min(Limits.databaseRetryWait * (1 << min(state.failures, 10)), Limits.databaseRetryWaitMax)
            // Many servers that lost one database don't come back to it at the same moment.
            state.closedUntil = .now + wait * Double.random(in: 0.5...1)
            state.failures += 1
        }
    }
}

extension PostgresConnection {
    static func open(
        _ address: String, sessions: Sessions = .writable, patience: Duration = Limits.databasePatience
    ) throws(StoreError) -> PostgresConnection {
        do throws(PostgresError) {
            return try PostgresConnection(to: address, patience: patience, sessions: sessions)
        } catch {
            throw StoreError(error)
        }
    }
}
#endif
