#if Postgres
import GodwitCore
package import GodwitSQL
package import GodwitStore

/// A database as the source or the destination of a move.
package final class PostgresMoveEnd: MoveEnd {
    package let name: String
    private let database: PostgresConnection
    private let exclusion: PostgresExclusion
    private var isExclusive = false

    package var connection: any SQLConnection { database }

    /// Beside the servers that use it, or alone. Changes nothing.
    ///
    /// - Parameter name: what to call it in errors; without a password.
    /// - Throws: `.unavailable` when it can't be reached; `.unusable` when it is no store, or was written by another version.
    package static func source(address: String, name: String) throws(StoreError) -> PostgresMoveEnd {
        let end = try PostgresMoveEnd(address: address, name: name)
        guard try end.database.tablesAreMade else {
            throw StoreError(.unusable, "\(name) has no tables of godwit's: no server has used it yet")
        }
        try end.database.demandAll(Migration.postgres, store: name)
        return end
    }

    /// Without servers, until the end of the process. Makes the tables where there are none.
    ///
    /// - Throws: `.unavailable` while a server or another move uses it.
    package static func destination(address: String, name: String) throws(StoreError) -> PostgresMoveEnd {
        let end = try PostgresMoveEnd(address: address, name: name)
        try end.excludeServers()
        if try end.database.tablesAreMade {
            try end.database.demandAll(Migration.postgres, store: name)
        } else {
            try end.database.migrate(isMade: false)
        }
        return end
    }

    private init(address: String, name: String) throws(StoreError) {
        self.name = name
        database = try PostgresConnection.open(address)
        exclusion = PostgresExclusion(address: address)
    }

    package func excludeServers() throws(StoreError) {
        guard !isExclusive else {
            guard exclusion.stands else { throw StoreError(.unavailable, "\(name) was let go of by a lost connection") }
            return
        }
        do throws(StoreError) { try exclusion.take(.alone, by: database) } catch {
            throw StoreError(error.code, "\(name) is in use: \(error.message)")
        }
        isExclusive = true
    }

    package func continueNumbers() throws(StoreError) {
        for (sequence, table, column) in [
            ("node_leases", "nodes", "lease"), ("idempotency_numbers", "idempotency", "number"),
        ] {
            try database.execute(
                PostgreSQLText.qualify(
                    """
                    SELECT setval('\(PostgreSQLText.schema).\(sequence)', coalesce(max(\(column)), 0) + 1, false)
                    FROM   \(table)
                    """))
        }
        for table in ["revocations", "signing_keys"] {
            try database.execute(
                PostgreSQLText.qualify(
                    """
                    SELECT setval(pg_get_serial_sequence('\(PostgreSQLText.schema).\(table)', 'number'),
                                  coalesce(max(number), 0) + 1, false)
                    FROM   \(table)
                    """))
        }
    }

    /// The server plans by what it knows of the tables, which would come by itself, but later.
    package func tidy() throws(StoreError) {
        let usual = database.patience
        database.patience = Limits.databaseMigrationPatience
        defer { database.patience = usual }
        let names = MovedTables.all.map { "\(PostgreSQLText.schema).\($0.name)" }
        try database.execute("ANALYZE \(names.joined(separator: ", "))")
    }
}
#endif
