import GodwitCore
import GodwitStore

/// Index: primary key, near its end. Twice fails.
struct InsertDelivery: BatchedStatement {
    static let sql = """
        INSERT INTO deliveries (message_key, endpoint_key, sequence, \(DeliveryColumns.names))
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
        """
    static let postgreSQLBatch = BatchText.insertion(postgreSQL, [.bigint, .bigint, .bigint] + DeliveryColumns.types)

    let key: DeliveryKey
    let sequence: Int64
    let machine: DeliveryStateMachine

    var row: WrittenRow { key.row }

    func bind(to statement: some SQLParameters) {
        statement.bind(key.message, at: 1)
        statement.bind(key.endpoint, at: 2)
        statement.bind(sequence, at: 3)
        DeliveryColumns.bind(machine, to: statement, from: 4)
    }
}

/// Changes nothing unless the delivery is in flight under the lease: twice, late, or after a take-over it is left alone.
/// Index: primary key, and never the one by leases: `+` and `coalesce` keep that from being chosen while a table is young.
struct MoveDelivery: BatchedStatement {
    static let sql = """
        UPDATE deliveries
        SET    state = ?4, due_at = ?5, lease = ?6, finished_at = ?7, attempts = ?8, scheduled_attempts = ?9,
               resume_state = ?10, resume_at = ?11, line = ?12
        WHERE  message_key = ?1 AND endpoint_key = ?2 AND state = 'in_flight' AND +lease = ?3
        """
    static let postgreSQLBatch = """
        UPDATE deliveries SET \(DeliveryColumns.assignments)
        FROM   \(BatchText.rows([.bigint, .bigint, .bigint] + DeliveryColumns.types))
               AS new(message_key, endpoint_key, former_lease, \(DeliveryColumns.names))
        WHERE  \(DeliveryColumns.isNewRow(smallestKey: smallestKeyIndex))
               AND coalesce(deliveries.state, '') = 'in_flight' AND +deliveries.lease = new.former_lease
        RETURNING new.message_key, new.endpoint_key
        """
    static let tellsRows = true
    static let smallestKeyIndex: Int32 = 13

    let transition: Transition

    var row: WrittenRow { transition.delivery.row }

    func bind(to statement: some SQLParameters) {
        statement.bind(transition.delivery.message, at: 1)
        statement.bind(transition.delivery.endpoint, at: 2)
        statement.bind(transition.lease.rawValue, at: 3)
        DeliveryColumns.bind(transition.machine, to: statement, from: 4)
    }
}

/// For changes that were decided on the current row, inside the same transaction. Index: primary key.
struct ReplaceDelivery: BatchedStatement {
    static let sql = """
        UPDATE deliveries
        SET    state = ?3, due_at = ?4, lease = ?5, finished_at = ?6, attempts = ?7, scheduled_attempts = ?8,
               resume_state = ?9, resume_at = ?10, line = ?11
        WHERE  message_key = ?1 AND endpoint_key = ?2
        """
    static let postgreSQLBatch = """
        UPDATE deliveries SET \(DeliveryColumns.assignments)
        FROM   \(BatchText.rows([.bigint, .bigint] + DeliveryColumns.types)) AS new(message_key, endpoint_key, \(DeliveryColumns.names))
        WHERE  \(DeliveryColumns.isNewRow(smallestKey: smallestKeyIndex))
        RETURNING new.message_key, new.endpoint_key
        """
    static let tellsRows = true
    static let smallestKeyIndex: Int32 = 12

    let key: DeliveryKey
    let machine: DeliveryStateMachine

    var row: WrittenRow { key.row }

    func bind(to statement: some SQLParameters) {
        statement.bind(key.message, at: 1)
        statement.bind(key.endpoint, at: 2)
        DeliveryColumns.bind(machine, to: statement, from: 3)
    }
}

/// Index: primary key.
struct FindDelivery: SQLStatement {
    static let sql = "SELECT \(DeliveryColumns.names) FROM deliveries WHERE message_key = ?1 AND endpoint_key = ?2"

    let key: DeliveryKey

    func bind(to statement: some SQLParameters) {
        statement.bind(key.message, at: 1)
        statement.bind(key.endpoint, at: 2)
    }

    static func decode(_ row: some SQLRow) throws(StoreError) -> DeliveryStateMachine {
        try DeliveryColumns.machine(row, from: 0)
    }
}

/// As it stands; nobody else changes it until the transaction's end. Index: primary key.
struct LockDelivery: BatchedQuery {
    static let sql = """
        SELECT message_key, endpoint_key, sequence, \(DeliveryColumns.names) FROM deliveries
        WHERE  message_key = ?1 AND endpoint_key = ?2
        """
    static let postgreSQL = PostgreSQLText.translate(sql) + " FOR UPDATE"
    static let postgreSQLBatch = """
        SELECT deliveries.message_key, deliveries.endpoint_key, deliveries.sequence, \(DeliveryColumns.qualifiedNames)
        FROM   \(BatchText.rows([.bigint, .bigint])) AS asked(message_key, endpoint_key)
               JOIN deliveries ON deliveries.message_key = asked.message_key AND deliveries.endpoint_key = asked.endpoint_key
        WHERE  \(BatchText.few("asked.message_key"))
        FOR    UPDATE OF deliveries
        """

    let key: DeliveryKey

    func bind(to statement: some SQLParameters) {
        statement.bind(key.message, at: 1)
        statement.bind(key.endpoint, at: 2)
    }

    static func decode(_ row: some SQLRow) throws(StoreError) -> StoredDelivery { try DeliveriesOfMessage.decode(row) }
}

/// Index: primary key.
struct DeliveriesOfMessage: SQLStatement {
    static let sql = """
        SELECT message_key, endpoint_key, sequence, \(DeliveryColumns.names) FROM deliveries
        WHERE  message_key = ?1
        ORDER  BY endpoint_key
        """

    let message: Int64

    func bind(to statement: some SQLParameters) { statement.bind(message, at: 1) }

    static func decode(_ row: some SQLRow) throws(StoreError) -> StoredDelivery {
        StoredDelivery(
            key: DeliveryKey(message: row.integer(0), endpoint: row.integer(1)), sequence: row.integer(2),
            machine: try DeliveryColumns.machine(row, from: 3))
    }
}

/// Those that stand in no line. Index: `deliveries_waiting`.
struct WaitingDeliveries: SQLStatement {
    static let sql = """
        SELECT message_key, endpoint_key, sequence, \(DeliveryColumns.names)
        FROM   deliveries INDEXED BY deliveries_waiting
        WHERE  state = 'waiting' AND line IS NULL AND endpoint_key = ?1
        ORDER  BY due_at, message_key LIMIT ?2
        """

    let endpoint: Int64
    let limit: Int

    func bind(to statement: some SQLParameters) {
        statement.bind(endpoint, at: 1)
        statement.bind(limit, at: 2)
    }

    static func decode(_ row: some SQLRow) throws(StoreError) -> StoredDelivery { try DeliveriesOfMessage.decode(row) }
}

/// Of those that stand in no line. Index: `deliveries_waiting`, all of it. Only for the start.
struct Backlog: PlainStatement {
    static let sql = """
        SELECT endpoint_key, min(due_at) FROM deliveries INDEXED BY deliveries_waiting
        WHERE  state = 'waiting' AND line IS NULL
        GROUP  BY endpoint_key
        """

    static func decode(_ row: some SQLRow) -> (endpoint: Int64, due: Instant) { (row.integer(0), row.instant(1)) }
}
