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
    /// Of the thread that keeps this node among the others: neither long transactions nor long lists hold it up.
    let keeper: PostgresReader
    /// A connection was lost over a commit: what that put into the hands of our lease isn't known.
    let isInDoubt = Atomic(false)

    /// Connects, creates the tables if there are none, and brings them up to date.
    ///
    /// - Parameters:
    ///   - address: `postgres://user:password@host:port/database?sslmode=…`, as libpq reads it.
    ///   - exclusive: for a server; any number of them share the database. Without it the store is for reading and for settings.
    ///   - idempotencyKeys: how many are remembered.
    /// - Throws: `.unavailable` when the database can't be reached; `.unusable` when its tables are of a newer version.
    package static func open(
        address: String, exclusive: Bool, idempotencyKeys: Int = Limits.idempotencyKeys
    ) throws(StoreError) -> PostgresStore {
        let store = PostgresStore(address: address, exclusive: exclusive, idempotencyKeys: idempotencyKeys)
        try store.write { _ throws(StoreError) in }
        return store
    }

    /// Whether there are tables of ours. Makes nothing.
    package static func isMade(address: String) throws(StoreError) -> Bool {
        try PostgresConnection.open(address).tablesAreMade
    }

    private init(address: String, exclusive: Bool, idempotencyKeys: Int) {
        self.address = address
        let gate = PostgresGate(address: address)
        let index = IdempotencyIndex([])
        idempotency = index
        writer = Mutex(
            PostgresWriter(
                address, gate, idempotency: index, idempotencyKeys: idempotencyKeys, isExclusive: exclusive))
        readers = (0..<Limits.storeReaders).map { _ in PostgresReader(gate) }
        keeper = PostgresReader(gate, listens: true)
    }

    package func commit(_ commands: [WriteCommand], at now: Instant) throws(StoreError) -> [WriteResult] {
        try writer.withLock { writer throws(StoreError) in
            guard let writer else { throw StoreError.closed }
            for attempt in 1...Limits.contendedAttempts {
                let connected = try writer.connected()
                let connection = connected.connection
                connection.isWorthRetrying = false
                do throws(StoreError) { return try connected.commit(commands, at: now) } catch {
                    if connection.isLost, connection.isCommitting {
                        isInDoubt.store(true, ordering: .releasing)
                        throw error
                    }
                    // Two nodes that wait for each other, or write the same at the same time; or a connection that died while nobody
                    // used it: nothing was done, so it may be done again.
                    let isWorthRetrying =
                        error == .contended || connection.isWorthRetrying || (connection.isLost && attempt == 1)
                    guard isWorthRetrying, attempt < Limits.contendedAttempts else { throw error }
                }
            }
            throw .contended
        }
    }

    package func close() {
        for reader in readers { reader.close() }
        keeper.close()
        writer.withLock { $0 = nil }
    }

    func write<Value: Sendable>(
        _ body: (SQLWriter<PostgresConnection>) throws(StoreError) -> Value
    ) throws(StoreError) -> Value {
        try writer.withLock { writer throws(StoreError) in
            guard let writer else { throw StoreError.closed }
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
#endif
