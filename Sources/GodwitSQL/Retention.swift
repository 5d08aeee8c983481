import GodwitCore
import GodwitStore

/// Messages of a range of keys, with what is removed beside them if they may be forgotten. What makes one of these forgettable is
/// never undone: without a payload nothing is sent again. So no row is locked. Index: primary keys.
struct MessagesToForget: SQLStatement {
    static let sql = """
        SELECT messages.key, messages.application_key, messages.channels, messages.tags,
               CASE WHEN NOT typeof(messages.payload) = 'null' THEN NULL
                    WHEN EXISTS (SELECT 1 FROM deliveries
                                 WHERE  deliveries.message_key = messages.key
                                        AND (finished_at IS NULL OR finished_at > ?4 OR line IS NOT NULL)) THEN NULL
                    ELSE (SELECT count(*) FROM deliveries WHERE deliveries.message_key = messages.key)
                         + (SELECT count(*) FROM attempts WHERE attempts.message_key = messages.key) END
        FROM   messages
        WHERE  messages.key > ?1 AND messages.key < ?2
        ORDER  BY messages.key LIMIT ?3
        """

    let after: Int64
    let end: Int64
    let limit: Int
    let endedUntil: Instant

    struct Row {
        let key: Int64
        let application: Int64
        let labels: [String]
        /// Deliveries and attempts; nil when it has to stay.
        let rows: Int?
    }

    func bind(to statement: some SQLParameters) {
        statement.bind(after, at: 1)
        statement.bind(end, at: 2)
        statement.bind(limit, at: 3)
        statement.bind(endedUntil, at: 4)
    }

    static func decode(_ row: some SQLRow) throws(StoreError) -> Row {
        let channels = try row.texts(2) ?? []
        let tags = try row.texts(3) ?? []
        return Row(
            key: row.integer(0), application: row.integer(1),
            labels: channels.map(MessageLabel.channel) + tags.map(MessageLabel.tag),
            rows: row.optionalInteger(4).map { Int($0) })
    }
}

/// Twice changes nothing more. The bounds spare a divided table the parts that hold none. Index: primary key.
struct ForgetRows<Table: TableOfMessages>: SQLStatement {
    static var sql: String {
        """
        DELETE FROM \(Table.name)
        WHERE  \(Table.key) >= ?1 AND \(Table.key) <= ?2
               AND \(Table.key) IN (SELECT CAST(value AS BIGINT) FROM json_each(?3))
        """
    }

    /// Ascending.
    let messages: [Int64]

    func bind(to statement: some SQLParameters) {
        statement.bind(messages.first, at: 1)
        statement.bind(messages.last, at: 2)
        statement.bindText(StoredJSON.write(messages), at: 3)
    }
}

/// A table whose rows go with a message, as a part of a statement's text.
protocol TableOfMessages {
    static var name: String { get }
    static var key: String { get }
}

enum MessagesTable: TableOfMessages {
    static let name = "messages"
    static let key = "key"
}

enum DeliveriesTable: TableOfMessages {
    static let name = "deliveries"
    static let key = "message_key"
}

enum AttemptsTable: TableOfMessages {
    static let name = "attempts"
    static let key = "message_key"
}

/// Twice changes nothing more. Index: primary key.
struct ForgetMessageLabel: SQLStatement {
    static let sql = "DELETE FROM message_labels WHERE application_key = ?1 AND label = ?2 AND message_key = ?3"

    let application: Int64
    let label: String
    let message: Int64

    func bind(to statement: some SQLParameters) {
        statement.bind(application, at: 1)
        statement.bind(label, at: 2)
        statement.bind(message, at: 3)
    }
}

/// Those that count something unfinished stay, so that what ends later is subtracted from where it was added.
/// Index: `endpoint_statistics_hours`, in its order; then primary key.
struct ForgetHours: SQLStatement {
    static let sql = """
        DELETE FROM endpoint_statistics
        WHERE  (endpoint_key, minute) IN (
                   SELECT endpoint_key, minute FROM endpoint_statistics INDEXED BY endpoint_statistics_hours
                   WHERE  minute % 60 = 0 AND pending = 0 AND sending = 0 AND minute < ?1
                   ORDER  BY minute, endpoint_key LIMIT ?2)
        """

    let before: Int64
    let limit: Int

    func bind(to statement: some SQLParameters) {
        statement.bind(before, at: 1)
        statement.bind(limit, at: 2)
    }
}

extension SQLConnection {
    /// Inside a transaction.
    func change(_ command: RetentionCommand, at now: Instant) throws(StoreError) -> RetentionResult {
        switch command {
        case .forget(let before, let after, let limit):
            return try forget(before: before, after: after, limit: limit, at: now)
        case .forgetStatistics(let before, let limit):
            // What this transaction has counted so far may count something unfinished.
            try writeStatistics()
            return .count(try run(ForgetHours(before: before, limit: limit)))
        case .prepare: return .done
        }
    }

    private func forget(
        before: Instant, after: Int64, limit: Int, at now: Instant
    ) throws(StoreError) -> RetentionResult {
        var count = 0
        var rows = 0
        let looked = try self.rows(
            MessagesToForget(
                after: after, end: TimeKey.first(at: before), limit: Limits.forgottenScan,
                endedUntil: now + (.zero - Limits.forgottenAfterEnd)),
            until: { message in
                guard let own = message.rows else { return false }
                count += 1
                rows += own
                return count >= limit || rows >= Limits.forgottenRows
            })
        let forgotten = looked.filter { $0.rows != nil }
        if !forgotten.isEmpty {
            let keys = forgotten.map(\.key)
            try runLater(ForgetRows<AttemptsTable>(messages: keys))
            try runLater(ForgetRows<DeliveriesTable>(messages: keys))
            for message in forgotten {
                for label in message.labels {
                    try runLater(
                        ForgetMessageLabel(application: message.application, label: label, message: message.key))
                }
            }
            // At once, with all before it: a message that comes next may have the event id of one of these.
            try run(ForgetRows<MessagesTable>(messages: keys))
        }
        return .forgotten(
            count: count, upTo: looked.last?.key ?? after,
            isLast: looked.count < Limits.forgottenScan && count < limit && rows < Limits.forgottenRows)
    }
}
