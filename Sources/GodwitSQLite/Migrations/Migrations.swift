import GodwitCore
import GodwitStore

/// Brings a store's file to the schema that this program knows, or says why it can't.
struct Migrations {
    /// "Godw": what the file's header says it belongs to.
    private static let applicationID: Int64 = 0x476F_6477

    let steps: [Migration]

    init(_ steps: [Migration] = Migration.all) { self.steps = steps }

    /// In one transaction: a crash leaves the schema as it was. Two processes that open a fresh file wait for each other.
    func run(on connection: SQLiteConnection, path: String) throws(StoreError) {
        try connection.run(BeginImmediate())
        do throws(StoreError) {
            try perform(on: connection, path: path)
            try connection.run(Commit())
        } catch {
            if connection.isInTransaction { _ = try? connection.run(Rollback()) }
            throw error
        }
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

    /// Whether a store that was made before has steps to go.
    func isBehind(_ connection: SQLiteConnection) throws(StoreError) -> Bool {
        try connection.all(ListMigrations()).count < steps.count
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
        let done = try connection.all(ListMigrations())
        for migration in done {
            guard let known = steps.first(where: { $0.number == migration.number }) else {
                throw StoreError(
                    .unusable,
                    "'\(path)' was written by a newer godwit: it has migration \(migration.number) '\(migration.name)'")
            }
            guard known.name == migration.name, known.checksum == migration.checksum else {
                throw StoreError(
                    .unusable, "'\(path)' has another migration \(migration.number) '\(migration.name)' than this godwit")
            }
        }
        for step in steps where !done.contains(where: { $0.number == step.number }) {
            try connection.execute(step.sql)
            try connection.run(RecordMigration(number: step.number, name: step.name, checksum: step.checksum))
        }
    }
}

private struct ReadApplicationID: PlainStatement {
    static let sql = "PRAGMA application_id"

    static func decode(_ row: SQLiteStatement) -> Int64 { row.integer(0) }
}

private struct CountTables: PlainStatement {
    static let sql = "SELECT count(*) FROM sqlite_schema"

    static func decode(_ row: SQLiteStatement) -> Int64 { row.integer(0) }
}

private struct ListMigrations: PlainStatement {
    static let sql = "SELECT number, name, checksum FROM migrations ORDER BY number"

    static func decode(_ row: SQLiteStatement) -> (number: Int64, name: String, checksum: String) {
        (row.integer(0), row.text(1), row.text(2))
    }
}

private struct RecordMigration: SQLStatement {
    static let sql = "INSERT INTO migrations (number, name, checksum) VALUES (?1, ?2, ?3)"

    let number: Int64
    let name: String
    let checksum: String

    func bind(to statement: SQLiteStatement) {
        statement.bind(number, at: 1)
        statement.bind(name, at: 2)
        statement.bind(checksum, at: 3)
    }
}
