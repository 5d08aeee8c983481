package import GodwitCore
package import GodwitSQL
package import GodwitStore
import Synchronization

/// The embedded store: one file, one connection that writes, a few that read beside it.
package final class SQLiteStore: SQLStore {
    package let path: String
    private let writer: Mutex<SQLWriter<SQLiteConnection>?>
    package let idempotency: IdempotencyIndex
    private let readers: [SQLiteReader]
    /// Held until `close`; nil when the store was opened beside a server.
    private let lock: Mutex<StoreLock?>

    /// Opens the store at `path`, creates it if there is none, and brings its schema up to date.
    ///
    /// - Parameters:
    ///   - exclusive: Keeps every other server out. Without it the store is for reading and for settings.
    ///   - idempotencyKeys: how many are remembered.
    /// - Throws: `.unavailable` when the file can't be created, is not writable or in use; `.unusable` when it is something else
    ///   or of a newer version.
    package static func open(
        path: String, exclusive: Bool, idempotencyKeys: Int = Limits.idempotencyKeys
    ) throws(StoreError) -> SQLiteStore {
        let file = try StoreFile(path: path)
        do throws(StoreError) {
            // Before anything is written, also the lock: another program's database stays as it is.
            let connection = try SQLiteConnection(file, .reader)
            let isOurs = try Migrations.isOurs(connection, path: path)
            let migrations = Migrations()
            // A server of a former version goes on with the schema that it began with, so nobody changes it beside it.
            let isUpgrade = isOurs ? try connection.isBehind(migrations.steps) : false
            let lock = exclusive || isUpgrade ? try StoreLock(file) : nil
            defer { withExtendedLifetime(lock) {} }
            return try SQLiteStore(
                file, lock: exclusive ? lock : nil, idempotencyKeys: idempotencyKeys, migrations: migrations)
        } catch  where error.code == .unusable && !error.message.contains(path) {
            throw StoreError(.unusable, "'\(path)' is not a usable store: \(error.message)")
        }
    }

    init(_ file: StoreFile, lock: consuming StoreLock?, idempotencyKeys: Int, migrations: Migrations) throws(StoreError) {
        path = file.path
        let connection = try SQLiteConnection(file, .writer)
        try migrations.run(on: connection, path: file.path)
        try connection.demandNotMoved("'\(file.path)'")
        let index = try IdempotencyIndex(of: connection, isExclusive: lock != nil)
        idempotency = index
        readers = (0..<Limits.storeReaders).map { _ in SQLiteReader(file) }
        writer = Mutex(
            SQLWriter(connection, idempotency: index, idempotencyKeys: idempotencyKeys, isExclusive: lock != nil))
        self.lock = Mutex(lock)
    }

    package func commit(_ commands: [WriteCommand], at now: Instant) throws(StoreError) -> [WriteResult] {
        try write { writer throws(StoreError) in try writer.commit(commands, at: now) }
    }

    package func close() {
        for reader in readers { reader.close() }
        // The last connection to close moves the log into the database.
        writer.withLock { $0 = nil }
        lock.withLock { $0 = nil }
    }

    func write<Value: Sendable>(
        _ body: (SQLWriter<SQLiteConnection>) throws(StoreError) -> Value
    ) throws(StoreError) -> Value {
        try writer.withLock { writer throws(StoreError) in
            guard let writer else { throw StoreError.closed }
            return try body(writer)
        }
    }

    package func read<Value: Sendable>(
        _ body: (SQLiteConnection) throws(StoreError) -> Value
    ) throws(StoreError) -> Value {
        for reader in readers {
            if let value = try reader.readIfFree(body) { return value }
        }
        return try readers[0].read(body)
    }

    /// For tests: how the writing connection is set.
    func writerSetting(_ name: String) throws(StoreError) -> String? {
        try write { writer throws(StoreError) in try writer.connection.texts("PRAGMA \(name)").first }
    }
}

extension StoreError {
    static var closed: StoreError { StoreError(.unavailable, "the store is closed") }
}

/// A connection that reads, opened when it is first needed.
final class SQLiteReader: Sendable {
    private struct State {
        var connection: SQLiteConnection?
        var isClosed = false

        mutating func open(_ file: StoreFile) throws(StoreError) -> SQLiteConnection {
            guard !isClosed else { throw StoreError.closed }
            if let connection { return connection }
            let opened = try SQLiteConnection(file, .reader)
            connection = opened
            return opened
        }
    }

    private let file: StoreFile
    private let state = Mutex(State())

    init(_ file: StoreFile) { self.file = file }

    func read<Value: Sendable>(_ body: (SQLiteConnection) throws(StoreError) -> Value) throws(StoreError) -> Value {
        try state.withLock { state throws(StoreError) in try body(state.open(file)) }
    }

    /// - Returns: nil, without a wait, when somebody else reads with it.
    func readIfFree<Value: Sendable>(
        _ body: (SQLiteConnection) throws(StoreError) -> Value
    ) throws(StoreError) -> Value? {
        try state.withLockIfAvailable { state throws(StoreError) in try body(state.open(file)) }
    }

    func close() {
        state.withLock { state in
            state.connection = nil
            state.isClosed = true
        }
    }
}
