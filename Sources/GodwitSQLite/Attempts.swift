import GodwitCore
import GodwitStore

/// Twice is one row: the key makes it the same attempt. Index: primary key, near its end.
struct InsertAttempt: SQLStatement {
    static let sql = """
        INSERT INTO attempts (\(AttemptColumns.names))
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22)
        ON CONFLICT (message_key, key) DO NOTHING
        """
    static let largeValueIndex: Int32 = 22

    let record: AttemptRecord

    var largeValue: [UInt8]? {
        switch record.outcome {
        case .responded(let response): response.body
        case .failed: nil
        }
    }

    func bind(to statement: SQLiteStatement) { AttemptColumns.bind(record, to: statement) }
}

/// Index: primary key.
struct FindAttempt: SQLStatement {
    static let sql = "SELECT \(AttemptColumns.names) FROM attempts WHERE message_key = ?1 AND key = ?2 AND id = ?3"

    let message: Int64
    let key: Int64
    let id: String

    func bind(to statement: SQLiteStatement) {
        statement.bind(message, at: 1)
        statement.bind(key, at: 2)
        statement.bind(id, at: 3)
    }

    static func decode(_ row: SQLiteStatement) throws(StoreError) -> AttemptRecord { try AttemptColumns.record(row) }
}

/// What both lists are bounded and filtered by; parameters 2 to 12.
private let filters = """
    key >= ?2 AND key < ?3
           AND (?4 IS NULL OR succeeded = ?4)
           AND (?5 IS NULL OR (next_attempt_at IS NOT NULL) = ?5)
           AND (?6 IS NULL OR (status >= ?6 AND status < ?6 + 100))
           AND (NOT ?7 OR status IS NULL)
           AND (NOT ?8 OR EXISTS (
                   SELECT 1 FROM messages
                   WHERE  messages.key = attempts.message_key
                          AND (?9 IS NULL OR messages.event_type IN (SELECT value FROM json_each(?9)))
                          AND (?10 IS NULL OR EXISTS (SELECT 1 FROM json_each(messages.channels) WHERE value = ?10))
                          AND (?11 IS NULL OR EXISTS (SELECT 1 FROM json_each(messages.tags) WHERE value = ?11))))
    """

/// Index: primary key. A filter that few attempts pass reads on until the page is full: bound it by time.
struct ListAttemptsOfMessage<Direction: FetchDirection>: SQLStatement {
    static var sql: String {
        """
        SELECT \(AttemptColumns.names) FROM attempts
        WHERE  message_key = ?1 AND \(filters)
               AND (?13 IS NULL OR endpoint_key = ?13)
        ORDER  BY key \(Direction.order) LIMIT ?12
        """
    }

    let message: Int64
    let filter: AttemptFilter
    let page: PageRequest<Int64>

    func bind(to statement: SQLiteStatement) {
        statement.bind(message, at: 1)
        filter.bind(page, to: statement)
        statement.bind(filter.endpoint, at: 13)
    }

    static func decode(_ row: SQLiteStatement) throws(StoreError) -> AttemptRecord { try AttemptColumns.record(row) }
}

/// Index: `attempts_by_endpoint`. A filter that few attempts pass reads on until the page is full: bound it by time.
struct ListAttemptsOfEndpoint<Direction: FetchDirection>: SQLStatement {
    static var sql: String {
        """
        SELECT \(AttemptColumns.names) FROM attempts INDEXED BY attempts_by_endpoint
        WHERE  endpoint_key = ?1 AND \(filters)
        ORDER  BY key \(Direction.order) LIMIT ?12
        """
    }

    let endpoint: Int64
    let filter: AttemptFilter
    let page: PageRequest<Int64>

    func bind(to statement: SQLiteStatement) {
        statement.bind(endpoint, at: 1)
        filter.bind(page, to: statement)
    }

    static func decode(_ row: SQLiteStatement) throws(StoreError) -> AttemptRecord { try AttemptColumns.record(row) }
}

extension AttemptFilter {
    /// An attempt is written when it has ended, so none is pending.
    var canMatch: Bool { status != .pending && status != .canceled }

    fileprivate func bind(_ page: PageRequest<Int64>, to statement: SQLiteStatement) {
        let keys = page.keys(within: KeyRange(after: after, before: before))
        statement.bind(keys.first, at: 2)
        statement.bind(keys.end, at: 3)
        let succeeded: Int64? = status.map { $0 == .success ? 1 : 0 }
        statement.bind(succeeded, at: 4)
        switch status {
        case .sending: statement.bind(true, at: 5)
        case .fail: statement.bind(false, at: 5)
        case .success, .pending, .canceled, nil: statement.bindNull(at: 5)
        }
        statement.bind(statusClass.flatMap { $0 == 0 ? nil : Int64($0) }, at: 6)
        statement.bind(statusClass == 0, at: 7)
        statement.bind(eventTypes != nil || channel != nil || tag != nil, at: 8)
        statement.bindText(eventTypes.map { StoredJSON.write($0) }, at: 9)
        statement.bind(channel, at: 10)
        statement.bind(tag, at: 11)
        statement.bind(page.fetchLimit, at: 12)
    }
}
