package import GodwitCore
package import GodwitStore

/// Which of an endpoint's deliveries a list is read by, as parts of a statement's text.
protocol EndpointMessageSource {
    static var index: String { get }
    static var condition: String { get }
}

/// Index: `deliveries_by_endpoint`.
enum AllOfEndpoint: EndpointMessageSource {
    static let index = "deliveries_by_endpoint"
    static let condition = "TRUE"
}

/// Index: `deliveries_dead`.
enum DeadOfEndpoint: EndpointMessageSource {
    static let index = "deliveries_dead"
    static let condition = "deliveries.state = 'exhausted'"
}

/// Failed so far, with another attempt to come. Index: `deliveries_retried`.
enum RetriedOfEndpoint: EndpointMessageSource {
    static let index = "deliveries_retried"
    static let condition = "deliveries.finished_at IS NULL AND deliveries.attempts > 0"
}

/// The source's index, in its order; then messages by key.
struct ListEndpointMessages<Source: EndpointMessageSource, Direction: FetchDirection>: SQLStatement {
    static var sql: String {
        """
        SELECT deliveries.message_key, deliveries.endpoint_key, deliveries.sequence, \(DeliveryColumns.qualifiedNames),
               \(MessageColumns.qualifiedNames)
        FROM   deliveries INDEXED BY \(Source.index)
               CROSS JOIN messages ON messages.key = deliveries.message_key
        WHERE  \(Source.condition) AND deliveries.endpoint_key = ?1
               AND deliveries.message_key >= ?2 AND deliveries.message_key < ?3
               AND (?4 IS NULL OR deliveries.state = ?4)
               AND (?5 IS NULL OR (deliveries.finished_at IS NULL AND CASE WHEN deliveries.attempts > 0 THEN 1 ELSE 0 END = ?5))
               AND \(MessageFilter.condition(from: 6))
        ORDER  BY deliveries.message_key \(Direction.order) LIMIT ?9
        """
    }

    let endpoint: Int64
    let filter: EndpointMessageFilter
    let keys: (first: Int64, end: Int64)
    let limit: Int

    func bind(to statement: some SQLParameters) {
        statement.bind(endpoint, at: 1)
        statement.bind(keys.first, at: 2)
        statement.bind(keys.end, at: 3)
        let (state, isRetried): (StaticString?, Bool?) =
            switch filter.status {
            case .success: ("delivered", nil)
            case .fail: ("exhausted", nil)
            case .canceled: ("cancelled", nil)
            case .pending: (nil, false)
            case .sending: (nil, true)
            case nil: (nil, nil)
            }
        statement.bind(state, at: 4)
        statement.bind(isRetried.map { $0 ? 1 as Int64 : 0 }, at: 5)
        filter.messages.bind(to: statement, from: 6)
        statement.bind(limit, at: 9)
    }

    static func decode(_ row: some SQLRow) throws(StoreError) -> EndpointMessage {
        EndpointMessage(
            delivery: try DeliveriesOfMessage.decode(row), message: try Message(row, from: 3 + DeliveryColumns.count))
    }
}

/// The last delivery that a page may look at. The source's index holds all that is asked for.
struct EndpointMessageHorizon<Source: EndpointMessageSource, Direction: FetchDirection>: SQLStatement {
    static var sql: String {
        """
        SELECT message_key FROM deliveries INDEXED BY \(Source.index)
        WHERE  \(Source.condition) AND endpoint_key = ?1 AND message_key >= ?2 AND message_key < ?3
        ORDER  BY message_key \(Direction.order) LIMIT 1 OFFSET ?4
        """
    }

    let endpoint: Int64
    let keys: (first: Int64, end: Int64)

    func bind(to statement: some SQLParameters) {
        statement.bind(endpoint, at: 1)
        statement.bind(keys.first, at: 2)
        statement.bind(keys.end, at: 3)
        statement.bind(Limits.listScan - 1, at: 4)
    }

    static func decode(_ row: some SQLRow) -> Int64 { row.integer(0) }
}

extension SQLStore {
    package func endpointMessages(
        endpoint: Int64, _ filter: EndpointMessageFilter, _ page: PageRequest<Int64>
    ) throws(StoreError) -> Page<EndpointMessage> {
        try readList { connection throws(StoreError) in
            switch filter.status {
            case .fail: try connection.endpointMessages(endpoint, filter, page, DeadOfEndpoint.self)
            case .sending: try connection.endpointMessages(endpoint, filter, page, RetriedOfEndpoint.self)
            case .success, .pending, .canceled, nil:
                try connection.endpointMessages(endpoint, filter, page, AllOfEndpoint.self)
            }
        }
    }
}

extension SQLStore {
    package func messageHeads(_ keys: Set<Int64>) throws(StoreError) -> [Int64: Message] {
        try readList { connection throws(StoreError) in
            var found: [Int64: Message] = [:]
            for key in keys { found[key] = try connection.first(MessageHead(key: key)) }
            return found
        }
    }
}

extension SQLConnection {
    fileprivate func endpointMessages<Source: EndpointMessageSource>(
        _ endpoint: Int64, _ filter: EndpointMessageFilter, _ page: PageRequest<Int64>, _: Source.Type
    ) throws(StoreError) -> Page<EndpointMessage> {
        page.fetchesAscending
            ? try endpointMessages(endpoint, filter, page, Source.self, Upwards.self)
            : try endpointMessages(endpoint, filter, page, Source.self, Downwards.self)
    }

    private func endpointMessages<Source: EndpointMessageSource, Direction: FetchDirection>(
        _ endpoint: Int64, _ filter: EndpointMessageFilter, _ page: PageRequest<Int64>, _: Source.Type, _: Direction.Type
    ) throws(StoreError) -> Page<EndpointMessage> {
        let keys = page.keys(within: KeyRange(after: filter.messages.after, before: filter.messages.before))
        let horizon =
            filter.isNone ? nil : try first(EndpointMessageHorizon<Source, Direction>(endpoint: endpoint, keys: keys))
        var size = MessagePageSize()
        let rows = try rows(
            ListEndpointMessages<Source, Direction>(
                endpoint: endpoint, filter: filter, keys: page.keys(keys, upTo: horizon), limit: page.fetchLimit),
            until: { size.isFull(with: $0.message) })
        return size.page(rows, page, lookedUpTo: horizon)
    }
}
