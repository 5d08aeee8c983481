import GodwitCore
import GodwitStore

/// Deliveries with their messages, in an order.
///
/// In SQLite one statement. In PostgreSQL two, which are planned once for each connection: one over both tables, each in many
/// partitions, takes longer to plan than to run, and a cursor is planned each time.
protocol DeliveryQuery: SQLStatement {
    /// For PostgreSQL, with the same parameters. Answers with the columns that `DeliveriesOfMessage` reads.
    static var deliveriesAlone: String { get }
}

private struct DeliveriesAlone<Query: DeliveryQuery>: SQLStatement {
    static var sql: String { Query.sql }
    static var postgreSQL: String { Query.deliveriesAlone }

    let query: Query

    func bind(to statement: some SQLParameters) { query.bind(to: statement) }

    static func decode(_ row: some SQLRow) throws(StoreError) -> StoredDelivery { try DeliveriesOfMessage.decode(row) }
}

extension SQLConnection {
    /// Rows until `isLast` says that a row is the last one wanted. Of messages, which may be large, only a few more are read.
    ///
    /// - Parameter make: a row of a delivery and its message, if there is one; nil leaves it out.
    func rows<Query: DeliveryQuery>(
        _ query: Query, from make: (StoredDelivery, Message?) -> Query.Row?, until isLast: (Query.Row) -> Bool
    ) throws(StoreError) -> [Query.Row] {
        guard Self.isShared else { return try rows(query, until: isLast) }
        var wanted: [Query.Row] = []
        var left = try all(DeliveriesAlone(query: query))[...]
        while !left.isEmpty {
            let some = left.prefix(Limits.messagesReadAtOnce)
            left = left.dropFirst(some.count)
            var messages: [Int64: Message] = [:]
            for row in try all(MessagesByKey(keys: some.map(\.key.message))) { messages[row.key] = row.message }
            for delivery in some {
                guard let row = make(delivery, messages[delivery.key.message]) else { continue }
                wanted.append(row)
                if isLast(row) { return wanted }
            }
        }
        return wanted
    }
}
