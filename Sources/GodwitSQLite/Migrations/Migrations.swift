import GodwitCore
import GodwitSQL
import GodwitStore

/// Brings a store's file to the schema that this program knows, or says why it can't.
struct Migrations {
    /// "Godw": what the file's header says it belongs to.
    private static let applicationID: Int64 = 0x476F_6477

    let steps: [Migration]

    init(_ steps: [Migration] = Migration.sqlite) { self.steps = steps }

    /// In one transaction: a crash leaves the schema as it was. Two processes that open a fresh file wait for each other.
    func run(on connection: SQLiteConnection, path: String) throws(StoreError) {
        try connection.inTransaction { () throws(StoreError) in try perform(on: connection, path: path) }
    }

    /// Reads only.
    /// - Returns: false for a file that is empty so far.
    static func isOurs(_ connection: SQLiteConnection, path: String) throws(StoreError) -> Bool {
        let owner = try connection.first(ReadApplicationID()) ?? 0
        if owner == applicationID { return true }
        let tables = try connection.first(CountTables()) ?? 0
        guard owner == 0, tables == 0 else {
            throw StoreError(.unusable, "'\(path)' is a database of another program")
        }
        return false
    }

    private func perform(on connection: SQLiteConnection, path: String) throws(StoreError) {
        if try !Self.isOurs(connection, path: path) {
            try connection.execute("PRAGMA application_id = \(Self.applicationID)")
        }
        try connection.execute(
            """
            CREATE TABLE IF NOT EXISTS migrations (
                number   INTEGER PRIMARY KEY,
                name     TEXT NOT NULL,
                checksum TEXT NOT NULL
            ) STRICT
            """)
        try connection.migrate(by: steps, store: path) { script throws(StoreError) in try connection.execute(script) }
    }
}

private struct ReadApplicationID: PlainStatement {
    static let sql = "PRAGMA application_id"

    static func decode(_ row: some SQLRow) -> Int64 { row.integer(0) }
}

private struct CountTables: PlainStatement {
    static let sql = "SELECT count(*) FROM sqlite_schema"

    static func decode(_ row: some SQLRow) -> Int64 { row.integer(0) }
}
