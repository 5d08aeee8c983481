#if Postgres
import GodwitCore
import GodwitSQL
import GodwitStore

/// "Godw", twice: the advisory lock that the server holds. Of a session: it goes with the connection.
private struct LockStore: PlainStatement {
    static let sql = "SELECT pg_try_advisory_lock(1198485623)"

    static func decode(_ row: some SQLRow) -> Bool { row.integer(0) != 0 }
}

/// Held while the tables are made or changed, so that two processes don't do it at once.
private struct LockSchema: PlainStatement {
    static let sql = "SELECT pg_advisory_xact_lock(1198485624)"

    static func decode(_ row: some SQLRow) {}
}

struct TablesAreMade: PlainStatement {
    static let sql = "SELECT to_regclass('godwit.migrations') IS NOT NULL"

    static func decode(_ row: some SQLRow) -> Bool { row.integer(0) != 0 }
}

extension PostgresConnection {
    /// Waits a little: the database may not have noticed yet that the server before us is gone.
    func excludeOthers() throws(StoreError) {
        let deadline = ContinuousClock.now + Limits.storeLockPatience
        while try first(LockStore()) != true {
            guard ContinuousClock.now < deadline else {
                throw StoreError(.unavailable, "another server uses this database")
            }
            pause(.milliseconds(20))
        }
    }

    /// Brings the tables up to date, in one transaction.
    func migrate() throws(StoreError) {
        try inTransaction { () throws(StoreError) in
            _ = try first(LockSchema())
            try execute(
                """
                CREATE SCHEMA IF NOT EXISTS godwit;
                CREATE TABLE IF NOT EXISTS migrations (
                    number   bigint PRIMARY KEY,
                    name     text NOT NULL,
                    checksum text NOT NULL
                )
                """)
            try migrate(by: Migration.postgres, store: "postgres") { script throws(StoreError) in try execute(script) }
        }
    }
}
#endif
