#if Postgres
package import GodwitCore
package import GodwitSQL
package import GodwitStore
import Synchronization

/// A store on PostgreSQL: one connection that writes, a few that read beside it. Connections that were lost are opened again when
/// they are next needed.
package final class PostgresStore: SQLStore {
    package let address: String
    package let idempotency: IdempotencyIndex
    private let writer: Mutex<PostgresWriter?>
    private let readers: [PostgresReader]

    /// Connects, creates the tables if there are none, and brings them up to date.
    ///
    /// - Parameters:
    ///   - address: `postgres://user:password@host:port/database?sslmode=…`, as libpq reads it.
    ///   - exclusive: Keeps every other server out. Without it the store is for reading and for settings.
    ///   - idempotencyKeys: how many are remembered.
    /// - Throws: `.unavailable` when the database can't be reached or is in use; `.unusable` when its tables are of a newer version.
    package static func open(
        address: String, exclusive: Bool, idempotencyKeys: Int = Limits.idempotencyKeys
    ) throws(StoreError) -> PostgresStore {
        let store = PostgresStore(address: address, exclusive: exclusive, idempotencyKeys: idempotencyKeys)
        try store.write { _ throws(StoreError) in }
        return store
    }

    /// Whether there are tables of ours. Makes nothing.
    package static func isMade(address: String) throws(StoreError) -> Bool {
        try PostgresConnection.open(address).first(TablesAreMade()) ?? false
    }

    private init(address: String, exclusive: Bool, idempotencyKeys: Int) {
        self.address = address
        let index = IdempotencyIndex([])
        idempotency = index
        writer = Mutex(
            PostgresWriter(
                address: address, idempotency: index, idempotencyKeys: idempotencyKeys, isExclusive: exclusive))
        readers = (0..<Limits.storeReaders).map { _ in PostgresReader(address: address) }
    }

    package func commit(_ commands: [WriteCommand], at now: Instant) throws(StoreError) -> [WriteResult] {
        try write { writer throws(StoreError) in try writer.commit(commands, at: now) }
    }

    package func begin(at now: Instant) throws(StoreError) -> Lease {
        try write { writer throws(StoreError) in try writer.begin(at: now) }
    }

    package func close() {
        for reader in readers { reader.close() }
        writer.withLock { $0 = nil }
    }

    private func write<Value: Sendable>(
        _ body: (SQLWriter<PostgresConnection>) throws(StoreError) -> Value
    ) throws(StoreError) -> Value {
        try writer.withLock { writer throws(StoreError) in
            guard let writer else { throw StoreError(.unavailable, "the store is closed") }
            return try body(writer.connected())
        }
    }

    package func read<Value: Sendable>(
        _ body: (PostgresConnection) throws(StoreError) -> Value
    ) throws(StoreError) -> Value {
        for reader in readers {
            if let value = try reader.readIfFree(body) { return value }
        }
        return try readers[0].read(body)
    }
}

/// The connection that writes, and what is known about the tables while it stands.
final class PostgresWriter {
    private let address: String
    private let index: IdempotencyIndex
    private let idempotencyKeys: Int
    private let isExclusive: Bool
    private var writer: SQLWriter<PostgresConnection>?

    init(address: String, idempotency: IdempotencyIndex, idempotencyKeys: Int, isExclusive: Bool) {
        self.address = address
        index = idempotency
        self.idempotencyKeys = idempotencyKeys
        self.isExclusive = isExclusive
    }

    /// After a lost connection whatever was in memory is read again: whether the last commit was carried out isn't known.
    func connected() throws(StoreError) -> SQLWriter<PostgresConnection> {
        if let writer, !writer.connection.isLost { return writer }
        writer = nil
        let connection = try PostgresConnection.open(address)
        if isExclusive { try connection.excludeOthers() }
        try connection.migrate()
        if isExclusive { try index.reload(from: connection) }
        let opened = SQLWriter(
            connection, idempotency: index, idempotencyKeys: idempotencyKeys, isExclusive: isExclusive)
        writer = opened
        return opened
    }
}

/// A connection that reads, opened when it is first needed.
final class PostgresReader: Sendable {
    private struct State {
        var connection: PostgresConnection?
        var isClosed = false

        /// It was kept, and turns out to be dead.
        var isLost: Bool { connection?.isLost ?? false }

        mutating func open(_ address: String) throws(StoreError) -> PostgresConnection {
            guard !isClosed else { throw StoreError(.unavailable, "the store is closed") }
            if let connection, !connection.isLost { return connection }
            let opened = try PostgresConnection.open(address)
            connection = opened
            return opened
        }
    }

    private let address: String
    private let state = Mutex(State())

    init(address: String) { self.address = address }

    func read<Value: Sendable>(_ body: (PostgresConnection) throws(StoreError) -> Value) throws(StoreError) -> Value {
        try state.withLock { state throws(StoreError) in
            do throws(StoreError) { return try body(state.open(address)) } catch {
                guard state.isLost else { throw error }
                return try body(state.open(address))
            }
        }
    }

    /// - Returns: nil, without a wait, when somebody else reads with it.
    func readIfFree<Value: Sendable>(
        _ body: (PostgresConnection) throws(StoreError) -> Value
    ) throws(StoreError) -> Value? {
        try state.withLockIfAvailable { state throws(StoreError) in
            do throws(StoreError) { return try body(state.open(address)) } catch {
                guard state.isLost else { throw error }
                return try body(state.open(address))
            }
        }
    }

    func close() {
        state.withLock { state in
            state.connection = nil
            state.isClosed = true
        }
    }
}

extension PostgresConnection {
    static func open(_ address: String) throws(StoreError) -> PostgresConnection {
        do throws(PostgresError) {
            return try PostgresConnection(to: address, patience: Limits.databasePatience)
        } catch {
            throw StoreError(error)
        }
    }
}
#endif
