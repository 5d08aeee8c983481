import GodwitCore
import GodwitStore

// Idempotency keys where several nodes write: one row for each key, found by an index.

/// The row that stands and has not expired. Index: `idempotency_scope`.
struct FindSharedIdempotencyRow: BatchedQuery {
    static let sql = """
        SELECT scope_high, scope_low, request_high, request_low, created_at, message_key, status, body
        FROM   idempotency
        WHERE  scope_high = ?1 AND scope_low = ?2 AND created_at >= ?3
        """
    static let postgreSQLBatch = """
        SELECT scope_high, scope_low, request_high, request_low, created_at, message_key, status, body
        FROM   \(BatchText.rows([.bigint, .bigint, .bigint])) AS asked(high, low, since)
               JOIN idempotency ON scope_high = asked.high AND scope_low = asked.low
        WHERE  created_at >= asked.since AND \(BatchText.few("asked.high"))
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

/// In the place of one that has expired. No row is written when one that has not expired stands: another node was faster.
struct InsertSharedIdempotencyRow: BatchedStatement {
    static let sql = "\(head) VALUES (nextval('godwit.idempotency_numbers'), ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) \(tail)"
    static let postgreSQLBatch = """
        \(head)
        SELECT nextval('godwit.idempotency_numbers'), new.*
        FROM   \(BatchText.rows(Array(repeating: .bigint, count: 7) + [.bytea])) AS new
        \(tail) RETURNING scope_high, scope_low
        """
    static let tellsRows = true
    static let largeValueIndex: Int32 = 8

    private static let head = """
        INSERT INTO idempotency (number, scope_high, scope_low, request_high, request_low, created_at, message_key, status, body)
        """
    private static let tail = """
        ON CONFLICT (scope_high, scope_low) DO UPDATE
        SET    number = excluded.number, request_high = excluded.request_high, request_low = excluded.request_low,
               created_at = excluded.created_at, message_key = excluded.message_key, status = excluded.status,
               body = excluded.body
        WHERE  idempotency.created_at < excluded.created_at - \(Limits.idempotencyAge.wholeMilliseconds)
        """

    let entry: IdempotencyRow

    var row: WrittenRow {
        WrittenRow(.idempotency, Int64(bitPattern: entry.scope.high), Int64(bitPattern: entry.scope.low))
    }

    var largeValue: [UInt8]? {
        switch entry.answer {
        case .message: nil
        case .response(let response): response.body
        }
    }

    func bind(to statement: some SQLParameters) {
        statement.bind(Int64(bitPattern: entry.scope.high), at: 1)
        statement.bind(Int64(bitPattern: entry.scope.low), at: 2)
        statement.bind(Int64(bitPattern: entry.request.high), at: 3)
        statement.bind(Int64(bitPattern: entry.request.low), at: 4)
        statement.bind(entry.createdAt, at: 5)
        switch entry.answer {
        case .message(let key):
            statement.bind(key, at: 6)
            statement.bind(nil as Int64?, at: 7)
        case .response(let response):
            statement.bind(nil as Int64?, at: 6)
            statement.bind(response.status, at: 7)
        }
    }
}

/// As `ForgetIdempotencyRows`, leaving alone what another node is about to remove. The window is counted from the oldest row on.
struct ForgetSharedIdempotencyRows: SQLStatement {
    static let sql = """
        DELETE FROM idempotency
        WHERE  number IN (
                   SELECT number FROM idempotency
                   WHERE  number <= (SELECT min(number) FROM idempotency) + ?1
                          AND (number <= (SELECT max(number) FROM idempotency) - ?2 OR created_at < ?3)
                   ORDER BY number FOR UPDATE SKIP LOCKED)
        """

    let window: Int64
    /// How many are remembered.
    let limit: Int64
    let expired: Instant

    func bind(to statement: some SQLParameters) {
        statement.bind(window, at: 1)
        statement.bind(limit, at: 2)
        statement.bind(expired, at: 3)
    }
}

extension IdempotencyJournal {
    /// The open transaction's view of a table that other nodes write to as well.
    struct SharedRows {
        /// Keys that were read at once, with what is remembered of them.
        private var asked: Set<IdempotencyKey.Fingerprint> = []
        private var remembered: [IdempotencyKey.Fingerprint: IdempotencyRow] = [:]
        private var added = 0
        private let contention = Contention()

        private final class Contention { var isMet = false }

        mutating func take(_ rows: [IdempotencyRow], ofAsked scopes: Set<IdempotencyKey.Fingerprint>) {
            asked = scopes
            for row in rows { remembered[row.scope] = row }
        }

        func find(
            _ scope: IdempotencyKey.Fingerprint, since: Instant, on connection: some SQLConnection
        ) throws(StoreError) -> IdempotencyRow? {
            guard asked.contains(scope) else {
                return try connection.first(FindSharedIdempotencyRow(scope: scope, since: since))
            }
            guard let row = remembered[scope], row.createdAt >= since else { return nil }
            return row
        }

        mutating func add(_ row: IdempotencyRow, on connection: some SQLConnection) throws(StoreError) {
            added += 1
            if asked.contains(row.scope) { remembered[row.scope] = row }
            try connection.runInBatch(InsertSharedIdempotencyRow(entry: row)) { [contention] written in
                if written == 0 { contention.isMet = true }
            }
        }

        /// Before the transaction commits. Throws when another node has used a key meanwhile: then all is done again.
        func prune(limit: Int64, at now: Instant, on connection: some SQLConnection) throws(StoreError) {
            guard added > 0 else { return }
            try connection.runLater(
                ForgetSharedIdempotencyRows(
                    window: 2 * Int64(added) + 64, limit: limit, expired: now + (.zero - Limits.idempotencyAge)))
            try connection.flush()
            if contention.isMet { throw StoreError.contended }
        }
    }
}
