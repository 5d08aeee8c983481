package import GodwitSQL
package import GodwitStore

/// A store's file as the source or the destination of a move.
package final class SQLiteMoveEnd: MoveEnd {
    package let name: String
    private let file: StoreFile
    private let database: SQLiteConnection
    private var lock: StoreLock?

    package var connection: any SQLConnection { database }

    /// Beside the server that uses it, or alone. Changes nothing.
    ///
    /// - Parameter path: of a file that exists.
    /// - Throws: `.unusable` when it is no store, or was written by another version.
    package static func source(path: String) throws(StoreError) -> SQLiteMoveEnd {
        let file = try StoreFile(path: path)
        try demandOurs(file)
        return try SQLiteMoveEnd(file, lock: nil)
    }

    /// Without servers, until the end of the process. Makes the file and its tables where there are none.
    ///
    /// - Throws: `.unavailable` while a server or another move uses it, `.unusable` when it is something else.
    package static func destination(path: String) throws(StoreError) -> SQLiteMoveEnd {
        let file = try StoreFile(path: path)
        let isMade = try Migrations.isOurs(try SQLiteConnection(file, .reader), path: path)
        if isMade { try demandOurs(file) }
        let end = try SQLiteMoveEnd(file, lock: StoreLock(file))
        if !isMade { try Migrations().run(on: end.database, path: path) }
        return end
    }

    private init(_ file: StoreFile, lock: StoreLock?) throws(StoreError) {
        name = "'\(file.path)'"
        self.file = file
        self.lock = lock
        database = try SQLiteConnection(file, .writer)
    }

    /// Before anything is written to it.
    private static func demandOurs(_ file: StoreFile) throws(StoreError) {
        let connection = try SQLiteConnection(file, .reader)
        guard try Migrations.isOurs(connection, path: file.path) else {
            throw StoreError(.unusable, "'\(file.path)' is empty: no server has used it yet")
        }
        try connection.demandAll(Migration.sqlite, store: "'\(file.path)'")
    }

    package func excludeServers() throws(StoreError) {
        guard lock == nil else { return }
        lock = try StoreLock(file)
        try database.run(ForgetOlderIdempotency())
    }

    /// It chooses the next number by those that are there.
    package func continueNumbers() {}

    package func tidy() {}
}

/// What has expired and is not yet removed may be followed by a newer answer; only that one counts, and other stores keep one.
private struct ForgetOlderIdempotency: PlainStatement {
    static let sql = """
        DELETE FROM idempotency WHERE number NOT IN (SELECT max(number) FROM idempotency GROUP BY scope_high, scope_low)
        """
}
