#if Postgres
import GodwitCore
import GodwitSQL
import GodwitStore

/// The connection that writes, and what is known about the tables while it stands.
final class PostgresWriter {
    private let address: String
    private let gate: PostgresGate
    private let index: IdempotencyIndex
    private let idempotencyKeys: Int
    private let isExclusive: Bool
    private let exclusion: PostgresExclusion
    private var writer: SQLWriter<PostgresConnection>?
    /// The database's process that served the connection before.
    private var former: Int64?

    init(_ address: String, _ gate: PostgresGate, idempotency: IdempotencyIndex, idempotencyKeys: Int, isExclusive: Bool) {
        self.address = address
        self.gate = gate
        index = idempotency
        self.idempotencyKeys = idempotencyKeys
        self.isExclusive = isExclusive
        exclusion = PostgresExclusion(address: address)
    }

    /// After a lost connection whatever was in memory is read again: whether the last commit was carried out isn't known.
    func connected() throws(StoreError) -> SQLWriter<PostgresConnection> {
        if let writer, !writer.connection.isLost, exclusion.stands { return writer }
        writer = nil
        exclusion.release()
        let connection = try gate.connect()
        let isMade = try connection.tablesAreMade
        // A server of a former version goes on with the tables that it began with, so nobody changes them beside it.
        if isMade, try connection.isBehind(Migration.postgres) {
            let alone = PostgresExclusion(address: address)
            let holder = try gate.connect()
            defer { withExtendedLifetime(holder) { alone.release() } }
            try alone.take(.alone, by: holder, former: former)
            try connection.migrate(isMade: true)
        } else {
            try connection.migrate(isMade: isMade)
        }
        if isExclusive { try exclusion.take(.shared, by: connection, former: former) }
        former = connection.processNumber
        try connection.demandNotMoved("the database")
        let opened = SQLWriter(
            connection, idempotency: index, idempotencyKeys: idempotencyKeys, isExclusive: isExclusive)
        writer = opened
        return opened
    }
}
#endif
