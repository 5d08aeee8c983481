package import GodwitCore
package import GodwitStore

/// Where a list of attempts is read, as parts of a statement's text. Parameters 1 to 3 are the message or endpoint, the first key and
/// that past the end.
protocol AttemptSource {
    static var table: String { get }
    static var bounds: String { get }
}

/// Index: primary key.
enum AttemptsOfMessage: AttemptSource {
    static let table = "attempts"
    static let bounds = "message_key = ?1 AND key >= ?2 AND key < ?3"
}

/// Index: `attempts_by_endpoint`, which holds how they ended.
enum AttemptsOfEndpoint: AttemptSource {
    static let table = "attempts INDEXED BY attempts_by_endpoint"
    static let bounds = "endpoint_key = ?1 AND key >= ?2 AND key < ?3"
}

/// All but those that succeeded with 2xx. Index: `attempts_unusual`, which holds how they ended.
enum UnusualAttemptsOfEndpoint: AttemptSource {
    static let table = "attempts INDEXED BY attempts_unusual"
    static let bounds = """
        (succeeded = 0 OR status IS NULL OR status < 200 OR status > 299)
               AND endpoint_key = ?1 AND key >= ?2 AND key < ?3
        """
}

/// In the order of the source's index.
struct ListAttempts<Source: AttemptSource, Direction: FetchDirection>: SQLStatement {
    static var sql: String {
        """
        SELECT \(AttemptColumns.names) FROM \(Source.table)
        WHERE  \(Source.bounds)
               AND (?4 IS NULL OR succeeded = ?4)
               AND (?5 IS NULL OR CASE WHEN next_attempt_at IS NULL THEN 0 ELSE 1 END = ?5)
               AND (?6 IS NULL OR (status >= ?6 AND status < ?6 + 100))
               AND (?7 = 0 OR status IS NULL)
               AND (?8 IS NULL OR endpoint_key = ?8)
               AND (?9 = 0 OR EXISTS (
                       SELECT 1 FROM messages
                       WHERE  messages.key = attempts.message_key
                              AND \(MessageFilter.condition(from: 10))))
        ORDER  BY key \(Direction.order) LIMIT ?13
        """
    }

    let filter: AttemptFilter
    let keys: (first: Int64, end: Int64)
    let limit: Int

    func bind(to statement: some SQLParameters) {
        statement.bind(filter.subject.key, at: 1)
        statement.bind(keys.first, at: 2)
        statement.bind(keys.end, at: 3)
        let succeeded: Int64? = filter.status.map { $0 == .success ? 1 : 0 }
        statement.bind(succeeded, at: 4)
        switch filter.status {
        case .sending: statement.bind(true, at: 5)
        case .fail: statement.bind(false, at: 5)
        case .success, .pending, .canceled, nil: statement.bind(nil as Int64?, at: 5)
        }
        statement.bind(filter.statusClass.flatMap { $0 == 0 ? nil : Int64($0) }, at: 6)
        statement.bind(filter.statusClass == 0, at: 7)
        statement.bind(filter.isOfMessage ? filter.endpoint : nil, at: 8)
        statement.bind(!filter.messages.isNone, at: 9)
        filter.messages.bind(to: statement, from: 10)
        statement.bind(limit, at: 13)
    }

    static func decode(_ row: some SQLRow) throws(StoreError) -> AttemptRecord { try AttemptColumns.record(row) }
}

/// The last attempt that a page may look at. The source's index holds all that is asked for.
struct AttemptHorizon<Source: AttemptSource, Direction: FetchDirection>: SQLStatement {
    static var sql: String {
        """
        SELECT key FROM \(Source.table)
        WHERE  \(Source.bounds)
        ORDER  BY key \(Direction.order) LIMIT 1 OFFSET ?4
        """
    }

    let subject: Int64
    let keys: (first: Int64, end: Int64)

    func bind(to statement: some SQLParameters) {
        statement.bind(subject, at: 1)
        statement.bind(keys.first, at: 2)
        statement.bind(keys.end, at: 3)
        statement.bind(Limits.listScan - 1, at: 4)
    }

    static func decode(_ row: some SQLRow) -> Int64 { row.integer(0) }
}

extension SQLStore {
    package func attempts(
        _ filter: AttemptFilter, _ page: PageRequest<Int64>
    ) throws(StoreError) -> Page<AttemptRecord> {
        guard filter.canMatch else { return Page(items: [], hasMore: false) }
        return try readList { connection throws(StoreError) in
            switch filter.source {
            case .message: try connection.attempts(filter, page, AttemptsOfMessage.self)
            case .endpoint: try connection.attempts(filter, page, AttemptsOfEndpoint.self)
            case .unusualOfEndpoint: try connection.attempts(filter, page, UnusualAttemptsOfEndpoint.self)
            }
        }
    }
}

extension SQLConnection {
    fileprivate func attempts<Source: AttemptSource>(
        _ filter: AttemptFilter, _ page: PageRequest<Int64>, _: Source.Type
    ) throws(StoreError) -> Page<AttemptRecord> {
        page.fetchesAscending
            ? try attempts(filter, page, Source.self, Upwards.self)
            : try attempts(filter, page, Source.self, Downwards.self)
    }

    private func attempts<Source: AttemptSource, Direction: FetchDirection>(
        _ filter: AttemptFilter, _ page: PageRequest<Int64>, _: Source.Type, _: Direction.Type
    ) throws(StoreError) -> Page<AttemptRecord> {
        let keys = page.keys(within: KeyRange(after: filter.after, before: filter.before))
        let horizon =
            filter.isNone
            ? nil : try first(AttemptHorizon<Source, Direction>(subject: filter.subject.key, keys: keys))
        let rows = try all(
            ListAttempts<Source, Direction>(filter: filter, keys: page.keys(keys, upTo: horizon), limit: page.fetchLimit))
        return page.page(fromFetched: rows, lookedUpTo: horizon)
    }
}
