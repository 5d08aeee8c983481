import GodwitCore
import GodwitStore

/// An attempt as columns.
enum AttemptColumns {
    static let names = """
        message_key, key, id, endpoint_key, application_key, number, cause, started_at, resolve_us, connect_us, tls_us, \
        first_byte_us, total_us, succeeded, next_attempt_at, url, failure_code, failure_detail, status, retry_after_seconds, \
        retry_after_date, body
        """

    static let types: [ArrayType] =
        [.bigint, .bigint, .text] + Array(repeating: .bigint, count: 12) + [
            .text, .text, .text, .bigint, .bigint, .bigint, .bytea,
        ]

    /// Binds all but the last, the body.
    static func bind(_ record: AttemptRecord, to statement: some SQLParameters) {
        statement.bind(record.delivery.message, at: 1)
        statement.bind(record.id.key, at: 2)
        statement.bindText(record.id.utf8, at: 3)
        statement.bind(record.delivery.endpoint, at: 4)
        statement.bind(record.application, at: 5)
        statement.bind(record.number, at: 6)
        statement.bind(record.trigger.rawValue, at: 7)
        statement.bind(record.startedAt, at: 8)
        statement.bind(record.timings.resolve.map(Int64.init), at: 9)
        statement.bind(record.timings.connect.map(Int64.init), at: 10)
        statement.bind(record.timings.tls.map(Int64.init), at: 11)
        statement.bind(record.timings.firstByte.map(Int64.init), at: 12)
        statement.bind(Int64(record.timings.total), at: 13)
        statement.bind(record.succeeded, at: 14)
        statement.bind(record.nextAttempt, at: 15)
        statement.bind(record.url, at: 16)
        switch record.outcome {
        case .failed(let failure):
            statement.bind(failure.code.rawValue, at: 17)
            statement.bind(failure.detail, at: 18)
            for index in 19...21 as ClosedRange<Int32> { statement.bindNull(at: index) }
        case .responded(let response):
            statement.bindNull(at: 17)
            statement.bindNull(at: 18)
            statement.bind(Int64(response.status), at: 19)
            bind(response.retryAfter, to: statement)
        }
    }

    private static func bind(_ retryAfter: RetryAfter?, to statement: some SQLParameters) {
        var seconds: Int64?
        var date: Instant?
        switch retryAfter {
        case .delay(let delay): seconds = delay.components.seconds
        case .date(let instant): date = instant
        case nil: break
        }
        statement.bind(seconds, at: 20)
        statement.bind(date, at: 21)
    }

    static func record(_ row: some SQLRow) throws(StoreError) -> AttemptRecord {
        guard let trigger = AttemptTrigger(rawValue: Int(row.integer(6))) else {
            throw StoreError(.unusable, "an attempt's cause in the store is unknown")
        }
        return AttemptRecord(
            id: try row.identifier(2), delivery: DeliveryKey(message: row.integer(0), endpoint: row.integer(3)),
            application: row.integer(4), number: Int(row.integer(5)), trigger: trigger, startedAt: row.instant(7),
            timings: timings(row), outcome: try outcome(row), succeeded: row.bool(13), nextAttempt: row.optionalInstant(14),
            url: row.text(15))
    }

    private static func timings(_ row: some SQLRow) -> AttemptTimings {
        func microseconds(_ column: Int32) -> UInt32? { row.optionalInteger(column).map { UInt32(clamping: $0) } }
        return AttemptTimings(
            resolve: microseconds(8), connect: microseconds(9), tls: microseconds(10), firstByte: microseconds(11),
            total: microseconds(12) ?? 0)
    }

    private static func outcome(_ row: some SQLRow) throws(StoreError) -> AttemptOutcome {
        if let name = row.optionalText(16) {
            guard let code = TransportFailure.Code(rawValue: name) else {
                throw StoreError(.unusable, "an attempt's failure in the store is unknown")
            }
            return .failed(TransportFailure(code, row.text(17)))
        }
        var retryAfter: RetryAfter?
        if let seconds = row.optionalInteger(19) { retryAfter = .delay(.seconds(seconds)) }
        if let date = row.optionalInstant(20) { retryAfter = .date(date) }
        let status = UInt16(clamping: row.integer(18))
        return .responded(ReceiverResponse(status: status, retryAfter: retryAfter, body: row.bytes(21)))
    }
}
