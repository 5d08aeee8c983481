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
    let gate: PostgresGate
    private let readers: [PostgresReader]
    private let replica: PostgresReplica?
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
    ///   - replica: servers that follow this one, in the same form; lists are read from them while they keep up.
    ///   - warn: hears that these can't be reached.
    /// - Throws: `.unavailable` when the database can't be reached; `.unusable` when its tables are of a newer version.
    package static func open(
        address: String, exclusive: Bool, idempotencyKeys: Int = Limits.idempotencyKeys, replica: String? = nil,
        warn: (StoreError) -> Void = { _ in }
    ) throws(StoreError) -> PostgresStore {
        let store = PostgresStore(
            address: address, exclusive: exclusive, idempotencyKeys: idempotencyKeys, replica: replica)
        let identity = try store.write { writer throws(StoreError) in
            try replica == nil ? nil : writer.connection.first(FindIdentity())
        }
        if let identity, let problem = try store.replica?.begin(following: identity) { warn(problem) }
        if exclusive { try store.demandConnections() }
        return store
    }

    /// A server with fewer would start, and then give itself up.
    private func demandConnections() throws(StoreError) {
        for (reader, count) in [(keeper, 1), (readers[0], 2)] {
            do throws(StoreError) { try reader.open() } catch {
                throw StoreError(
                    error.code,
                    "the database gave \(count) of the \(Self.fewestConnections) connections that a server needs: \(error)")
            }
        }
    }

    /// One that writes, one that reads, and one for the nodes.
    private static let fewestConnections = 3

    /// Whether there are tables of ours. Makes nothing.
    package static func isMade(address: String) throws(StoreError) -> Bool {
        try PostgresConnection.open(address).tablesAreMade
    }

    private init(address: String, exclusive: Bool, idempotencyKeys: Int, replica: String?) {
        self.address = address
        let gate = PostgresGate(address: address)
        self.gate = gate
        let index = IdempotencyIndex([])
        idempotency = index
        writer = Mutex(
            PostgresWriter(
                address, gate, idempotency: index, idempotencyKeys: idempotencyKeys, isExclusive: exclusive))
        readers = (0..<Limits.storeReaders).map { _ in PostgresReader(gate) }
        keeper = PostgresReader(gate, listens: true)
        self.replica = replica.map { PostgresReplica(address: $0) }
    }

    package func commit(_ commands: [WriteCommand], at now: Instant) throws(StoreError) -> [WriteResult] {
        try writer.withLock { writer throws(StoreError) in
            guard let writer else { throw StoreError.closed }
            let partitions = PartitionChanges(commands, with: writer, at: now)
            for attempt in 1...Limits.contendedAttempts {
                let connected = try writer.connected()
                let connection = connected.connection
                connection.isWorthRetrying = false
                do throws(StoreError) {
                    return partitions.answers(try connected.commit(partitions.commands, at: now))
                } catch {
                    if connection.isSilent { gate.close(error) }
                    if connection.isLost, connection.isCommitting {
                        isInDoubt.store(true, ordering: .releasing)
                        throw error
                    }
                    // Two nodes that wait for each other, or write the same at the same time; or a connection that died while nobody
                    // used it: nothing was done, so it may be done again.
                    let isWorthRetrying =
                        error == .contended || connection.isWorthRetrying
                        || (connection.isLost && !connection.isSilent && attempt == 1)
                    guard isWorthRetrying, attempt < Limits.contendedAttempts else { throw error }
                }
            }
            throw .contended
        }
    }

    package func close() {
        for reader in readers { reader.close() }
        keeper.close()
        replica?.close()
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
        var unopened: StoreError?
        for opening in [false, true] {
            for reader in readers where unopened == nil {
                if let value = try reader.readIfFree(opening: opening, unopened: &unopened, body) { return value }
            }
        }
        // All are in use, or the database gives no more: the first is the one that every server has.
        return try readers[0].read(body)
    }

    package func readList<Value: Sendable>(
        _ body: (PostgresConnection) throws(StoreError) -> Value
    ) throws(StoreError) -> Value {
        if let replica, replica.isUsable {
            // Whoever has been told of something finds it in the list, whichever node told them.
            let position = try read { connection throws(StoreError) in try connection.first(FindPosition()) }
            if let position, let value = replica.read(upTo: position, body) { return value }
        }
        return try read(body)
    }
}
#endif
