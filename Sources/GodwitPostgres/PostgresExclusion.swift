#if Postgres
import CPostgres
import GodwitCore
import GodwitSQL
import GodwitStore

/// Says who uses the database: any number of servers, or somebody who wants it alone, to move it or to change its tables.
///
/// By an advisory lock that goes with the connection that writes. With a pooler between there is no such connection: then a
/// transaction that does nothing else holds the lock, on a connection of its own.
final class PostgresExclusion {
    private let address: String
    private var guardian: PostgresConnection?

    init(address: String) { self.address = address }

    enum Mode {
        case alone
        /// Beside others like it.
        case shared
    }

    /// Waits a little: the database may not have noticed yet that whoever was before us is gone.
    ///
    /// - Parameter former: the process of the database that we have given up on and that may hold the lock still.
    func take(_ mode: Mode, by connection: PostgresConnection, former: Int64? = nil) throws(StoreError) {
        if let former, !connection.isPooled { try connection.run(EndProcess(number: former)) }
        let holder = connection.isPooled ? try PostgresConnection.open(address) : connection
        if connection.isPooled { _ = try holder.answers([PostgresRequest(BeginHolding()), PostgresRequest(HoldForEver())]) }
        let deadline = ContinuousClock.now + Limits.storeLockPatience
        while try !holder.tryLock(mode, forTransaction: connection.isPooled).isTrue {
            guard ContinuousClock.now < deadline else {
                throw StoreError(
                    .unavailable,
                    mode == .alone ? "another server uses this database" : "this database is being moved, or its tables changed"
                )
            }
            holder.pause(Limits.databaseRetryWait)
        }
        if connection.isPooled { guardian = holder }
    }

    /// Whether the lock is held as long as the connection that writes is not lost.
    var stands: Bool { guardian.map(\.isAlive) ?? true }

    /// Given back at once, before another connection takes it.
    func release() { guardian = nil }
}

extension Bool? {
    fileprivate var isTrue: Bool { self == true }
}

extension PostgresConnection {
    fileprivate func tryLock(_ mode: PostgresExclusion.Mode, forTransaction: Bool) throws(StoreError) -> Bool? {
        switch (mode, forTransaction) {
        case (.alone, false): try first(LockForSession())
        case (.alone, true): try first(LockForTransaction())
        case (.shared, false): try first(ShareForSession())
        case (.shared, true): try first(ShareForTransaction())
        }
    }

    /// The server has not hung up. Asks nobody.
    fileprivate var isAlive: Bool {
        unsafe !isLost && PQconsumeInput(handle) == 1 && PQstatus(handle) == CONNECTION_OK
    }
}

/// "Godw".
private let lock = "1198485623"

private struct LockForSession: PlainStatement {
    static let sql = "SELECT pg_try_advisory_lock(\(lock))"

    static func decode(_ row: some SQLRow) -> Bool { row.integer(0) != 0 }
}

private struct LockForTransaction: PlainStatement {
    static let sql = "SELECT pg_try_advisory_xact_lock(\(lock))"

    static func decode(_ row: some SQLRow) -> Bool { row.integer(0) != 0 }
}

private struct ShareForSession: PlainStatement {
    static let sql = "SELECT pg_try_advisory_lock_shared(\(lock))"

    static func decode(_ row: some SQLRow) -> Bool { row.integer(0) != 0 }
}

private struct ShareForTransaction: PlainStatement {
    static let sql = "SELECT pg_try_advisory_xact_lock_shared(\(lock))"

    static func decode(_ row: some SQLRow) -> Bool { row.integer(0) != 0 }
}

/// Has no snapshot while it waits, so it keeps nothing from being vacuumed.
private struct BeginHolding: PlainStatement { static let sql = "BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY" }

private struct HoldForEver: PlainStatement {
    static let sql = "SELECT set_config('idle_in_transaction_session_timeout', '0', true)"
}

/// Only if it holds our lock: its number may belong to another by now.
private struct EndProcess: SQLStatement {
    static let sql = """
        SELECT pg_terminate_backend(pid) FROM pg_locks
        WHERE  locktype = 'advisory' AND objid = \(lock) AND granted AND pid = ?1
               AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        """

    let number: Int64

    func bind(to statement: some SQLParameters) { statement.bind(number, at: 1) }
}
#endif
