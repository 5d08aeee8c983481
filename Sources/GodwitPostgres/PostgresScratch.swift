#if Postgres
import GodwitCore
import GodwitSQL
package import GodwitStore

/// A database that a benchmark makes for itself on somebody's server, and drops. Nothing else on the server is touched.
package struct PostgresScratch: Sendable {
    /// What is there already, and through which ours is made and dropped.
    private let server: String
    package let name: String
    package let address: String

    /// What a database server has done.
    package struct Figures: Hashable, Sendable {
        /// The process that answered, on the server's machine.
        package let backend: Int32
        /// Written to the server's log so far, for all of its databases.
        package let logBytes: Int
        /// Of this database, with its indexes.
        package let databaseBytes: Int
    }

    /// - Parameters:
    ///   - server: the address of any database on the server.
    ///   - name: of letters, digits and `_`, and free.
    /// - Throws: `.unavailable` when the server can't be reached; `.unusable` when its role may not create databases.
    package static func make(on server: String, named name: String) throws(StoreError) -> PostgresScratch {
        let scratch = PostgresScratch(
            server: server, name: name, address: PostgresAddress.replacingDatabase(of: server, by: name))
        let connection = try PostgresConnection.open(server)
        if let role = try connection.first(RoleThatMayNotCreate()) {
            throw StoreError(
                .unusable,
                "the role '\(role)' may not create databases, and the benchmark makes one of its own: ALTER ROLE \(role) CREATEDB"
            )
        }
        // As a copy of template1 it would have whatever somebody put there.
        try connection.patiently("CREATE DATABASE \(name) TEMPLATE template0 ENCODING 'UTF8'")
        return scratch
    }

    /// Also when something is still connected to it.
    package func drop() throws(StoreError) {
        try PostgresConnection.open(server).patiently("DROP DATABASE IF EXISTS \(name) WITH (FORCE)")
    }

    /// - Parameter body: is called while that process lives.
    package func figures<Value>(_ body: (Figures) -> Value) throws(StoreError) -> Value {
        let connection = try PostgresConnection.open(address)
        guard let figures = try connection.first(FiguresOfServer()) else {
            throw StoreError(.unusable, "the database says nothing of itself")
        }
        return withExtendedLifetime(connection) { body(figures) }
    }

    /// As autovacuum does in time: what was written in bulk a moment ago is known to the planner and to lists, and is on the disk.
    package func settle() throws(StoreError) {
        let connection = try PostgresConnection.open(address)
        try connection.patiently("VACUUM (ANALYZE)")
        // Not every role may ask for one; then it comes by itself.
        try? connection.patiently("CHECKPOINT")
    }
}

extension PostgresConnection {
    /// For work that grows with the data.
    fileprivate func patiently(_ script: String) throws(StoreError) {
        patience = Limits.databaseMigrationPatience
        try execute(script)
    }
}

/// A row only if there is such a role.
private struct RoleThatMayNotCreate: PlainStatement {
    static let sql = "SELECT rolname::text FROM pg_roles WHERE rolname = current_user AND NOT rolcreatedb AND NOT rolsuper"

    static func decode(_ row: some SQLRow) -> String { row.text(0) }
}

private struct FiguresOfServer: PlainStatement {
    static let sql = """
        SELECT pg_backend_pid()::bigint, (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::bigint, pg_database_size(current_database())
        """

    static func decode(_ row: some SQLRow) -> PostgresScratch.Figures {
        PostgresScratch.Figures(
            backend: Int32(truncatingIfNeeded: row.integer(0)), logBytes: Int(row.integer(1)),
            databaseBytes: Int(row.integer(2)))
    }
}

/// Parts of an address (PostgreSQL's documentation, "Connection URIs").
package enum PostgresAddress {
    /// The same server, user and parameters with another database.
    ///
    /// - Parameter name: of letters, digits and `_`.
    package static func replacingDatabase(of address: String, by name: String) -> String {
        guard let scheme = address.firstRange(of: "://") else { return address }
        let rest = address[scheme.upperBound...]
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        guard let question = rest.firstIndex(of: "?") else { return "\(address[..<authority.endIndex])/\(name)" }
        // A parameter `dbname` would win over the path.
        let parameters = rest[rest.index(after: question)...].split(separator: "&").filter { !$0.hasPrefix("dbname=") }
        let query = parameters.isEmpty ? "" : "?" + parameters.joined(separator: "&")
        return "\(address[..<authority.endIndex])/\(name)\(query)"
    }
}
#endif
