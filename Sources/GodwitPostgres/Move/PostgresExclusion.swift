#if Postgres
import CPostgres
import GodwitCore
import GodwitSQL
import GodwitStore

/// Keeps nodes out of a database while a move needs it for itself.
///
/// A transaction that does nothing else holds the locks that every node takes to begin and to change what is registered: it holds
/// with a pooler between, too. Nodes that live are not sent away; those that are silent are given up, so that they write nothing more.
final class PostgresExclusion {
    private let address: String
    private var guardian: PostgresConnection?

    init(address: String) { self.address = address }

    /// - Throws: `.unavailable` while a node, or another move, uses the database; known after the span for which a node may be silent.
    func take() throws(StoreError) {
        let holder = try PostgresConnection.open(address)
        _ = try holder.answers([holder.request(BeginHolding()), holder.request(HoldForEver())])
        guard try holder.first(LockOutNodes()) == true else {
            throw StoreError(.unavailable, "a node begins, or another move uses it")
        }
        let connection = try PostgresConnection.open(address)
        let began = try connection.first(DatabaseTime()) ?? ""
        while true {
            let living = try connection.inTransaction { () throws(StoreError) in
                // Whoever puts something into a node's hands at this moment ends first.
                _ = try connection.all(LockLeases())
                try connection.run(GiveUpSilentLeases())
                return try connection.all(LivingLeases(since: began))
            }
            if living.contains(true) { throw StoreError(.unavailable, "a server uses it") }
            if living.isEmpty { break }
            holder.pause(Limits.databaseRetryWait)
        }
        guardian = holder
    }

    /// The lock is held.
    var stands: Bool {
        guard let guardian else { return false }
        return unsafe !guardian.isLost && PQconsumeInput(guardian.handle) == 1 && PQstatus(guardian.handle) == CONNECTION_OK
    }

    /// Whoever comes back looks for the marks of a move first.
    func release() throws(StoreError) {
        guard let holder = guardian else { return }
        _ = try holder.all(EndOtherSessions())
        guardian = nil
    }
}

/// Has no snapshot while it waits, so it keeps nothing from being vacuumed.
private struct BeginHolding: PlainStatement { static let sql = "BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY" }

private struct HoldForEver: PlainStatement {
    static let sql = "SELECT set_config('idle_in_transaction_session_timeout', '0', true)"
}

/// Those of `AwaitBeginning` and `LockCatalogue`.
private struct LockOutNodes: PlainStatement {
    static let sql = "SELECT pg_try_advisory_xact_lock(1198485626) AND pg_try_advisory_xact_lock(1198485625)"

    static func decode(_ row: some SQLRow) -> Bool { row.integer(0) != 0 }
}

private struct DatabaseTime: PlainStatement {
    static let sql = "SELECT clock_timestamp()::text"

    static func decode(_ row: some SQLRow) -> String { row.text(0) }
}

private struct LockLeases: PlainStatement {
    static let sql = "SELECT lease FROM nodes ORDER BY lease FOR UPDATE"

    static func decode(_ row: some SQLRow) -> Int64 { row.integer(0) }
}

private struct GiveUpSilentLeases: PlainStatement {
    static let sql = """
        UPDATE nodes SET given_up = true
        WHERE  renewed_at <= clock_timestamp() - \(Limits.nodeSilence.wholeMilliseconds) * interval '1 millisecond'
        """
}

/// Whether each was renewed since then.
private struct LivingLeases: SQLStatement {
    static let sql = "SELECT renewed_at > ?1::timestamptz FROM nodes WHERE NOT given_up"
    static var postgreSQL: String { PostgreSQLText.translate(sql) }

    let since: String

    func bind(to statement: some SQLParameters) { statement.bind(since, at: 1) }

    static func decode(_ row: some SQLRow) -> Bool { row.integer(0) != 0 }
}

private struct EndOtherSessions: PlainStatement {
    static let sql = """
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE  application_name = 'godwit' AND datname = current_database() AND usename = current_user
               AND pid <> pg_backend_pid()
        """

    static func decode(_ row: some SQLRow) {}
}
#endif
