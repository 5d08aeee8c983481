import GodwitCore
import GodwitStore

/// Index: `deliveries_sequence`, in its order; then messages by key.
struct FeedEntries: DeliveryQuery {
    static let sql = """
        SELECT deliveries.message_key, deliveries.endpoint_key, deliveries.sequence, \(DeliveryColumns.qualifiedNames),
               \(MessageColumns.qualifiedNames)
        FROM   deliveries INDEXED BY deliveries_sequence
               JOIN messages ON messages.key = deliveries.message_key
        WHERE  deliveries.endpoint_key = ?1 AND deliveries.sequence > ?2
        ORDER  BY deliveries.sequence LIMIT ?3
        """
    static let deliveriesAlone = """
        SELECT message_key, endpoint_key, sequence, \(DeliveryColumns.names) FROM deliveries
        WHERE  endpoint_key = $1 AND sequence > $2
        ORDER  BY sequence LIMIT $3
        """

    let endpoint: Int64
    let after: Int64
    let limit: Int

    func bind(to statement: some SQLParameters) {
        statement.bind(endpoint, at: 1)
        statement.bind(after, at: 2)
        statement.bind(limit, at: 3)
    }

    static func decode(_ row: some SQLRow) throws(StoreError) -> FeedEntry {
        FeedEntry(
            delivery: try DeliveriesOfMessage.decode(row), message: try Message(row, from: 3 + DeliveryColumns.count))
    }
}

/// Messages don't stand quite in the order of their creation, for a replay adds old ones: hence the first, and no search by halves.
/// Index: `deliveries_sequence`, which holds both keys.
struct FirstSequence: SQLStatement {
    static let sql = """
        SELECT sequence FROM deliveries INDEXED BY deliveries_sequence
        WHERE  endpoint_key = ?1 AND message_key >= ?2
        ORDER  BY sequence LIMIT 1
        """

    let endpoint: Int64
    let fromMessage: Int64

    func bind(to statement: some SQLParameters) {
        statement.bind(endpoint, at: 1)
        statement.bind(fromMessage, at: 2)
    }

    static func decode(_ row: some SQLRow) -> Int64 { row.integer(0) }
}

/// Index: `deliveries_sequence`, one seek.
struct NextSequence: SQLStatement {
    static let sql = """
        SELECT sequence FROM deliveries INDEXED BY deliveries_sequence
        WHERE  endpoint_key = ?1 AND sequence > ?2
        ORDER  BY sequence LIMIT 1
        """

    let endpoint: Int64
    let after: Int64

    func bind(to statement: some SQLParameters) {
        statement.bind(endpoint, at: 1)
        statement.bind(after, at: 2)
    }

    static func decode(_ row: some SQLRow) -> Int64 { row.integer(0) }
}

/// Index: `deliveries_sequence`.
struct DeliveryOfSequence: SQLStatement {
    static let sql = """
        SELECT message_key, endpoint_key, sequence, \(DeliveryColumns.names) FROM deliveries INDEXED BY deliveries_sequence
        WHERE  endpoint_key = ?1 AND sequence = ?2
        """

    let endpoint: Int64
    let sequence: Int64

    func bind(to statement: some SQLParameters) {
        statement.bind(endpoint, at: 1)
        statement.bind(sequence, at: 2)
    }

    static func decode(_ row: some SQLRow) throws(StoreError) -> StoredDelivery { try DeliveriesOfMessage.decode(row) }
}
