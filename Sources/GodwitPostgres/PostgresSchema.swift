#if Postgres
import GodwitCore
import GodwitSQL
import GodwitStore

/// Held while the tables are made or changed, so that two processes don't do it at once.
private struct LockSchema: PlainStatement {
    static let sql = "SELECT pg_advisory_xact_lock(1198485624)"

    static func decode(_ row: some SQLRow) {}
}

private struct TablesAreMade: PlainStatement {
    static let sql = "SELECT to_regclass('\(PostgreSQLText.schema).migrations') IS NOT NULL"

    static func decode(_ row: some SQLRow) -> Bool { row.integer(0) != 0 }
}

extension PostgresConnection {
    var tablesAreMade: Bool {
        get throws(StoreError) { try first(TablesAreMade()) ?? false }
    }

    /// Brings the tables up to date, in one transaction: a crash leaves them as they were. Where they are, nothing is changed, so
    /// that a role that may not change them will do.
    func migrate(isMade: Bool, to steps: [Migration] = Migration.postgres) throws(StoreError) {
        let usual = patience
        patience = Limits.databaseMigrationPatience
        defer { patience = usual }
        try inTransaction { () throws(StoreError) in
            if !isMade {
                _ = try first(LockSchema())
                try execute(
                    """
                    CREATE SCHEMA IF NOT EXISTS \(PostgreSQLText.schema);
                    CREATE TABLE IF NOT EXISTS \(PostgreSQLText.schema).migrations (
                        number   bigint PRIMARY KEY,
                        name     text NOT NULL,
                        checksum text NOT NULL
                    )
                    """)
            } else if try isBehind(steps) {
                _ = try first(LockSchema())
            }
            try migrate(by: steps, store: "the database") { script throws(StoreError) in
                try execute("SET LOCAL search_path = \(PostgreSQLText.schema), pg_catalog; " + script)
            }
        }
    }
}
#endif
