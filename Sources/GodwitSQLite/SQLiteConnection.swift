import CSQLite
package import GodwitCore
package import GodwitSQL
package import GodwitStore

/// One connection and the statements that were prepared on it. Whoever owns it makes sure that one thread uses it at a time.
@safe package final class SQLiteConnection: SQLConnection {
    private let handle: OpaquePointer
    private var statements: [ObjectIdentifier: SQLiteStatement] = [:]
    /// What the open transaction has counted so far.
    package var ledger = StatisticsLedger()

    enum Role { case writer, reader }

    /// Counting every allocation costs a lock each time, and nobody reads the count. Has an effect only before the library's first use.
    private static let libraryIsConfigured = godwit_disable_memory_statistics() == SQLITE_OK

    init(_ file: StoreFile, _ role: Role) throws(StoreError) {
        _ = Self.libraryIsConfigured
        var opened: OpaquePointer?
        // Without a mutex of its own: the owner has one.
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_PRIVATECACHE
        let result = unsafe sqlite3_open_v2(file.databaseName, &opened, flags, nil)
        guard let opened = unsafe opened else { throw StoreError(resultCode: result) }
        unsafe handle = opened
        guard result == SQLITE_OK else {
            let error = unsafe StoreError(result, of: opened)
            _ = unsafe sqlite3_close_v2(opened)
            throw error
        }
        try configure(role)
    }

    deinit {
        statements = [:]
        _ = unsafe sqlite3_close_v2(handle)
    }

    private func configure(_ role: Role) throws(StoreError) {
        unsafe sqlite3_busy_timeout(handle, Int32(Limits.storeBusyWait.wholeMilliseconds))
        let cacheBytes =
            switch role {
            case .writer: Limits.storeWriterCacheBytes
            case .reader: Limits.storeReaderCacheBytes
            }
        try execute(
            """
            PRAGMA cache_size = -\(cacheBytes / 1024);
            PRAGMA mmap_size = 0;
            PRAGMA temp_store = MEMORY;
            """)
        switch role {
        case .reader: try execute("PRAGMA query_only = ON;")
        case .writer:
            // FULL: a commit is on the disk before it is answered. FAST: what was deleted is wiped where that costs no extra write.
            try execute(
                """
                PRAGMA journal_mode = WAL;
                PRAGMA synchronous = FULL;
                PRAGMA wal_autocheckpoint = \(Limits.storeCheckpointPages);
                PRAGMA journal_size_limit = \(Limits.storeLogBytesKept);
                PRAGMA secure_delete = FAST;
                PRAGMA foreign_keys = OFF;
                """)
        }
    }

    /// Runs a script of constants: settings and migrations.
    func execute(_ script: String) throws(StoreError) {
        let result = unsafe sqlite3_exec(handle, script, nil, nil, nil)
        guard result == SQLITE_OK else { throw unsafe StoreError(result, of: handle) }
    }

    /// Between BEGIN and its end. A full disk can end a transaction by itself.
    package var isInTransaction: Bool { unsafe sqlite3_get_autocommit(handle) == 0 }

    /// - Returns: how many rows it changed.
    @discardableResult
    package func run<Statement: SQLStatement>(_ statement: Statement) throws(StoreError) -> Int {
        let prepared = try prepared(Statement.self)
        defer { prepared.reset() }
        statement.bind(to: prepared)
        if let largeValue = statement.largeValue {
            _ = try prepared.step(lendingBytes: largeValue, at: Statement.largeValueIndex)
        } else {
            if Statement.largeValueIndex > 0 { prepared.bindNull(at: Statement.largeValueIndex) }
            _ = try prepared.step()
        }
        return Int(unsafe sqlite3_changes(handle))
    }

    package func all<Statement: SQLStatement>(_ statement: Statement) throws(StoreError) -> [Statement.Row] {
        let prepared = try prepared(Statement.self)
        defer { prepared.reset() }
        statement.bind(to: prepared)
        var rows: [Statement.Row] = []
        while try prepared.step() { rows.append(try Statement.decode(prepared)) }
        return rows
    }

    /// Rows until `isLast` says that a row is the last one wanted.
    package func rows<Statement: SQLStatement>(
        _ statement: Statement, until isLast: (Statement.Row) -> Bool
    ) throws(StoreError) -> [Statement.Row] {
        let prepared = try prepared(Statement.self)
        defer { prepared.reset() }
        statement.bind(to: prepared)
        var rows: [Statement.Row] = []
        while try prepared.step() {
            let row = try Statement.decode(prepared)
            rows.append(row)
            if isLast(row) { break }
        }
        return rows
    }

    package func first<Statement: SQLStatement>(_ statement: Statement) throws(StoreError) -> Statement.Row? {
        let prepared = try prepared(Statement.self)
        defer { prepared.reset() }
        statement.bind(to: prepared)
        return try prepared.step() ? try Statement.decode(prepared) : nil
    }

    /// For what is asked rarely and has no type: settings of the connection, and plans.
    func texts(_ sql: String, column: Int32 = 0) throws(StoreError) -> [String] {
        let statement = unsafe try SQLiteStatement(sql, database: handle)
        var texts: [String] = []
        while try statement.step() { texts.append(statement.text(column)) }
        return texts
    }

    private func prepared<Statement: SQLStatement>(_ type: Statement.Type) throws(StoreError) -> SQLiteStatement {
        let key = ObjectIdentifier(type)
        if let prepared = statements[key] { return prepared }
        let prepared = unsafe try SQLiteStatement(Statement.sql, database: handle)
        statements[key] = prepared
        return prepared
    }
}
