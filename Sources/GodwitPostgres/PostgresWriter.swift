#if Postgres
import GodwitCore
import GodwitSQL
import GodwitStore

/// The connection that writes, and what is known about the tables while it stands.
final class PostgresWriter {
    private let gate: PostgresGate
    private let index: IdempotencyIndex
    private let idempotencyKeys: Int
    private let isExclusive: Bool
    private var writer: SQLWriter<PostgresConnection>?

    init(_ gate: PostgresGate, idempotency: IdempotencyIndex, idempotencyKeys: Int, isExclusive: Bool) {
        self.gate = gate
        index = idempotency
        self.idempotencyKeys = idempotencyKeys
        self.isExclusive = isExclusive
    }

    /// After a lost connection whatever was in memory is read again: whether the last commit was carried out isn't known.
    func connected() throws(StoreError) -> SQLWriter<PostgresConnection> {
        if let writer, !writer.connection.isLost { return writer }
        writer = nil
        let connection = try gate.connect()
        let isMade = try connection.tablesAreMade
        try connection.migrate(isMade: isMade)
        try connection.demandNotMoved("the database")
        let opened = SQLWriter(
            connection, idempotency: index, idempotencyKeys: idempotencyKeys, isExclusive: isExclusive)
        writer = opened
        return opened
    }
}
#endif
