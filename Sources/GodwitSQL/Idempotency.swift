import GodwitCore
import GodwitStore

/// What is kept about one idempotency key. Rows are numbered in the order of writing, so the oldest have the smallest numbers.
struct IdempotencyRow {
    let scope: IdempotencyKey.Fingerprint
    let request: IdempotencyKey.Fingerprint
    let createdAt: Instant
    let answer: Answer

    enum Answer {
        /// `MessageID.key` of what was published.
        case message(Int64)
        case response(StoredResponse)
    }
}

/// Index: primary key, at its end.
struct InsertIdempotencyRow: SQLStatement {
    static let sql = """
        INSERT INTO idempotency (number, scope_high, scope_low, request_high, request_low, created_at, message_key, status, body)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
        """
    static let largeValueIndex: Int32 = 9

    let number: Int64
    let row: IdempotencyRow

    var largeValue: [UInt8]? {
        switch row.answer {
        case .message: nil
        case .response(let response): response.body
        }
    }

    func bind(to statement: some SQLParameters) {
        statement.bind(number, at: 1)
        statement.bind(Int64(bitPattern: row.scope.high), at: 2)
        statement.bind(Int64(bitPattern: row.scope.low), at: 3)
        statement.bind(Int64(bitPattern: row.request.high), at: 4)
        statement.bind(Int64(bitPattern: row.request.low), at: 5)
        statement.bind(row.createdAt, at: 6)
        switch row.answer {
        case .message(let key):
            statement.bind(key, at: 7)
            statement.bindNull(at: 8)
        case .response(let response):
            statement.bindNull(at: 7)
            statement.bind(response.status, at: 8)
        }
    }
}

/// Index: primary key.
struct FindIdempotencyRow: SQLStatement {
    static let sql = """
        SELECT scope_high, scope_low, request_high, request_low, created_at, message_key, status, body
        FROM   idempotency
        WHERE  number = ?1
        """

    let number: Int64

    func bind(to statement: some SQLParameters) { statement.bind(number, at: 1) }

    static func decode(_ row: some SQLRow) -> IdempotencyRow {
        let answer: IdempotencyRow.Answer =
            if let message = row.optionalInteger(5) {
                .message(message)
            } else {
                .response(StoredResponse(status: Int(row.integer(6)), body: row.bytes(7)))
            }
        return IdempotencyRow(
            scope: row.fingerprint(0), request: row.fingerprint(2), createdAt: row.instant(4), answer: answer)
    }
}

/// In the order of writing. Reads the whole table: only for the start.
struct AllIdempotencyScopes: PlainStatement {
    static let sql = "SELECT number, scope_high, scope_low FROM idempotency ORDER BY number"

    static func decode(_ row: some SQLRow) -> (number: Int64, scope: IdempotencyKey.Fingerprint) {
        (row.integer(0), row.fingerprint(1))
    }
}

/// Removes, among the rows up to `window`, those that are too many or too old, and answers with them. The window bounds the work.
/// Index: primary key.
struct ForgetIdempotencyRows: SQLStatement {
    static let sql = """
        DELETE FROM idempotency
        WHERE  number <= ?1 AND (number <= ?2 OR created_at < ?3)
        RETURNING number, scope_high, scope_low
        """

    let window: Int64
    let surplus: Int64
    let expired: Instant

    func bind(to statement: some SQLParameters) {
        statement.bind(window, at: 1)
        statement.bind(surplus, at: 2)
        statement.bind(expired, at: 3)
    }

    static func decode(_ row: some SQLRow) -> (number: Int64, scope: IdempotencyKey.Fingerprint) {
        AllIdempotencyScopes.decode(row)
    }
}

/// Index: primary key.
struct OldestIdempotencyRow: PlainStatement {
    static let sql = "SELECT min(number) FROM idempotency"

    static func decode(_ row: some SQLRow) -> Int64? { row.optionalInteger(0) }
}

extension SQLRow {
    fileprivate func fingerprint(_ column: Int32) -> IdempotencyKey.Fingerprint {
        IdempotencyKey.Fingerprint(
            high: UInt64(bitPattern: integer(column)), low: UInt64(bitPattern: integer(column + 1)))
    }
}
