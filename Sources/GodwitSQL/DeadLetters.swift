import GodwitCore
import GodwitStore

/// Index: `deliveries_dead`.
struct ListDeadLetters<Direction: FetchDirection>: SQLStatement {
    static var sql: String {
        """
        SELECT message_key, endpoint_key, sequence, \(DeliveryColumns.names) FROM deliveries INDEXED BY deliveries_dead
        WHERE  state = 'exhausted' AND endpoint_key = ?1 AND message_key \(Direction.comparison) ?2
        ORDER  BY message_key \(Direction.order) LIMIT ?3
        """
    }

    let endpoint: Int64
    let page: PageRequest<Int64>

    func bind(to statement: some SQLParameters) {
        statement.bind(endpoint, at: 1)
        statement.bind(page.bound, at: 2)
        statement.bind(page.fetchLimit, at: 3)
    }

    static func decode(_ row: some SQLRow) throws(StoreError) -> StoredDelivery { try DeliveriesOfMessage.decode(row) }
}
