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
    }

    package func commit(_ commands: [WriteCommand], at now: Instant) throws(StoreError) -> [WriteResult] {
        try writer.withLock { writer throws(StoreError) in
            guard let writer else { throw StoreError.closed }
            let connected = try writer.connected()
            do throws(StoreError) { return try connected.commit(commands, at: now) } catch {
                // A connection that died while nobody used it: nothing was done on it, so another may do it.
                guard connected.connection.isLost, !connected.connection.isCommitting else { throw error }
                return try writer.connected().commit(commands, at: now)
            }
        }
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
