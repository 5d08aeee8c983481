import GodwitCore
import GodwitStore

// Idempotency keys where several nodes write: one row for each key, found by an index.

/// The row that stands and has not expired. Index: `idempotency_scope`.
struct FindSharedIdempotencyRow: SQLStatement {
    static let sql = """
        SELECT scope_high, scope_low, request_high, request_low, created_at, message_key, status, body
        FROM   idempotency
        WHERE  scope_high = ?1 AND scope_low = ?2 AND created_at >= ?3
        """

    let scope: IdempotencyKey.Fingerprint
    let since: Instant

    func bind(to statement: some SQLParameters) {
        statement.bind(Int64(bitPattern: scope.high), at: 1)
        statement.bind(Int64(bitPattern: scope.low), at: 2)
        statement.bind(since, at: 3)
    }

    static func decode(_ row: some SQLRow) -> IdempotencyRow { FindIdempotencyRow.decode(row) }
}

/// In the place of one that has expired. No row is answered when one that has not expired stands: another node was faster.
struct InsertSharedIdempotencyRow: SQLStatement {
    static let sql = """
        INSERT INTO idempotency (number, scope_high, scope_low, request_high, request_low, created_at, message_key, status, body)
        VALUES (nextval('godwit.idempotency_numbers'), ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?9)
        ON CONFLICT (scope_high, scope_low) DO UPDATE
        SET    number = excluded.number, request_high = excluded.request_high, request_low = excluded.request_low,
               created_at = excluded.created_at, message_key = excluded.message_key, status = excluded.status,
               body = excluded.body
        WHERE  idempotency.created_at < ?8
        RETURNING number
        """
    static let largeValueIndex: Int32 = 9

    let row: IdempotencyRow

    var largeValue: [UInt8]? {
        switch row.answer {
        case .message: nil
        case .response(let response): response.body
        }
    }

    func bind(to statement: some SQLParameters) {
        statement.bind(Int64(bitPattern: row.scope.high), at: 1)
        statement.bind(Int64(bitPattern: row.scope.low), at: 2)
        statement.bind(Int64(bitPattern: row.request.high), at: 3)
        statement.bind(Int64(bitPattern: row.request.low), at: 4)
        statement.bind(row.createdAt, at: 5)
        switch row.answer {
        case .message(let key):
            statement.bind(key, at: 6)
            statement.bind(nil as Int64?, at: 7)
        case .response(let response):
            statement.bind(nil as Int64?, at: 6)
            statement.bind(response.status, at: 7)
        }
        statement.bind(row.createdAt + (.zero - Limits.idempotencyAge), at: 8)
    }

    static func decode(_ row: some SQLRow) -> Int64 { row.integer(0) }
}

/// As `ForgetIdempotencyRows`, leaving alone what another node is about to remove.
struct ForgetSharedIdempotencyRows: SQLStatement {
    static let sql = """
        DELETE FROM idempotency
        WHERE  number IN (
                   SELECT number FROM idempotency WHERE number <= ?1 AND (number <= ?2 OR created_at < ?3)
                   ORDER BY number FOR UPDATE SKIP LOCKED)
        RETURNING number
        """

    let window: Int64
    let surplus: Int64
    let expired: Instant

    func bind(to statement: some SQLParameters) {
        statement.bind(window, at: 1)
        statement.bind(surplus, at: 2)
        statement.bind(expired, at: 3)
    }

    static func decode(_ row: some SQLRow) -> Int64 { row.integer(0) }
}
