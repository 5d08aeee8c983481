import GodwitCore
import GodwitStore

/// The columns that `Message(row)` reads, in their order.
enum MessageColumns {
    static let names = list.joined(separator: ", ")
    /// For joins.
    static let qualifiedNames = list.map { "messages.\($0)" }.joined(separator: ", ")
    /// Where the payload stands; NULL for none.
    static let payload: Int32 = 13
    /// All but what is sent, which may be large.
    static let headNames = (list.dropLast(3) + ["NULL", "NULL", "NULL"]).joined(separator: ", ")

    private static let list = [
        "id", "application_key", "event_type", "event_id", "channels", "tags", "created_at", "payload_expires_at", "deliver_at",
        "do_not_deliver_after", "ordering_key", "content_type", "raw_body", "payload",
    ]
}

/// Index: primary key, at its end. Twice fails, and so does a second message with the same event id.
struct InsertMessage: BatchedStatement {
    static let sql = """
        INSERT INTO messages (key, \(MessageColumns.names))
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)
        """
    static let postgreSQLBatch = BatchText.insertion(
        postgreSQL,
        [
            .bigint, .text, .bigint, .text, .text, .text, .text, .bigint, .bigint, .bigint, .bigint, .text, .text, .bytea,
            .bytea,
        ])
    static let largeValueIndex: Int32 = 15

    let message: Message

    var row: WrittenRow { WrittenRow(.messages, message.id.key) }
    var largeValue: [UInt8]? { message.payload }

    func bind(to statement: some SQLParameters) {
        statement.bind(message.id.key, at: 1)
        statement.bindText(message.id.utf8, at: 2)
        statement.bind(message.application, at: 3)
        statement.bind(message.eventType, at: 4)
        statement.bind(message.eventID, at: 5)
        statement.bindText(StoredJSON.writeUnlessEmpty(message.channels), at: 6)
        statement.bindText(StoredJSON.writeUnlessEmpty(message.tags), at: 7)
        statement.bind(message.createdAt, at: 8)
        statement.bind(message.payloadExpiresAt, at: 9)
        statement.bind(message.timing.deliverAt, at: 10)
        statement.bind(message.timing.doNotDeliverAfter, at: 11)
        statement.bind(message.orderingKey, at: 12)
        statement.bind(message.raw?.contentType, at: 13)
        statement.bindForeignText(message.raw?.body, at: 14)
    }
}

/// Index: primary key.
struct FindMessage: SQLStatement {
    static let sql = "SELECT \(MessageColumns.names) FROM messages WHERE key = ?1 AND id = ?2 AND application_key = ?3"

    let key: Int64
    let id: String
    let application: Int64

    func bind(to statement: some SQLParameters) {
        statement.bind(key, at: 1)
        statement.bind(id, at: 2)
        statement.bind(application, at: 3)
    }

    static func decode(_ row: some SQLRow) throws(StoreError) -> Message { try Message(row) }
}

/// Index: primary key.
struct FindMessageByKey: SQLStatement {
    static let sql = "SELECT \(MessageColumns.names) FROM messages WHERE key = ?1"

    let key: Int64

    func bind(to statement: some SQLParameters) { statement.bind(key, at: 1) }

    static func decode(_ row: some SQLRow) throws(StoreError) -> Message { try Message(row) }
}

/// For PostgreSQL, where one look for each key in the range that has it is what `LIMIT` makes sure of. Index: primary key.
struct MessagesByKey: SQLStatement {
    static let sql = """
        SELECT found.* FROM json_each(?1) AS wanted
               CROSS JOIN LATERAL (
                   SELECT key, \(MessageColumns.names) FROM messages WHERE key = CAST(wanted.value AS BIGINT) LIMIT 1) AS found
        """
    static var postgreSQL: String { PostgreSQLText.translate(sql).replacing("JOIN LATERAL", with: "CROSS JOIN LATERAL") }

    let keys: [Int64]

    func bind(to statement: some SQLParameters) { statement.bindText(StoredJSON.write(keys), at: 1) }

    static func decode(_ row: some SQLRow) throws(StoreError) -> (key: Int64, message: Message) {
        (row.integer(0), try Message(row, from: 1))
    }
}

/// Without what is sent. Index: primary key.
struct MessageHead: SQLStatement {
    static let sql = "SELECT \(MessageColumns.headNames) FROM messages WHERE key = ?1"

    let key: Int64

    func bind(to statement: some SQLParameters) { statement.bind(key, at: 1) }

    static func decode(_ row: some SQLRow) throws(StoreError) -> Message { try Message(row) }
}

/// Index: primary key.
struct MessageIDText: SQLStatement {
    static let sql = "SELECT id FROM messages WHERE key = ?1"

    let key: Int64

    func bind(to statement: some SQLParameters) { statement.bind(key, at: 1) }

    static func decode(_ row: some SQLRow) -> String { row.text(0) }
}

/// Index: `messages_event_id`; in PostgreSQL primary key of `event_ids`.
struct FindMessageByEventID: SQLStatement {
    static let sql = """
        SELECT \(MessageColumns.names) FROM messages
        WHERE  application_key = ?1 AND event_id = ?2 AND event_id IS NOT NULL
        """
    static let postgreSQL = """
        SELECT \(MessageColumns.qualifiedNames)
        FROM   event_ids JOIN messages ON messages.key = event_ids.message_key
        WHERE  event_ids.application_key = $1 AND event_ids.event_id = $2
        """

    let application: Int64
    let eventID: String

    func bind(to statement: some SQLParameters) {
        statement.bind(application, at: 1)
        statement.bind(eventID, at: 2)
    }

    static func decode(_ row: some SQLRow) throws(StoreError) -> Message { try Message(row) }
}

/// Whether a message of the application has it. Index: `messages_event_id`; in PostgreSQL primary key of `event_ids`.
struct FindEventID: BatchedQuery {
    static let sql = """
        SELECT application_key, event_id FROM messages
        WHERE  application_key = ?1 AND event_id = ?2 AND event_id IS NOT NULL
        """
    static let postgreSQL = "SELECT application_key, event_id FROM event_ids WHERE application_key = $1 AND event_id = $2"
    static let postgreSQLBatch = """
        SELECT event_ids.application_key, event_ids.event_id
        FROM   \(BatchText.rows([.bigint, .text])) AS asked(application_key, event_id)
               JOIN event_ids ON event_ids.application_key = asked.application_key AND event_ids.event_id = asked.event_id
        WHERE  \(BatchText.few("asked.application_key"))
        """

    let eventID: EventID

    func bind(to statement: some SQLParameters) {
        statement.bind(eventID.application, at: 1)
        statement.bind(eventID.text, at: 2)
    }

    static func decode(_ row: some SQLRow) -> EventID { EventID(application: row.integer(0), text: row.text(1)) }
}

/// Whether there is something to send: the twin of `MessageTiming.isExpired`, and a payload. Index: primary key.
struct MayBeSent: SQLStatement {
    static let sql = """
        SELECT 1 FROM messages
        WHERE  key = ?1 AND payload IS NOT NULL AND (do_not_deliver_after IS NULL OR do_not_deliver_after >= ?2)
        """

    let key: Int64
    let now: Instant

    func bind(to statement: some SQLParameters) {
        statement.bind(key, at: 1)
        statement.bind(now, at: 2)
    }

    static func decode(_ row: some SQLRow) -> Bool { true }
}

/// No attempt is made from now on, whatever asks for one. Twice is once: the earliest moment stands. Index: primary key.
struct WithdrawMessage: SQLStatement {
    static let sql = """
        UPDATE messages SET do_not_deliver_after = min(coalesce(do_not_deliver_after, ?2), ?2)
        WHERE  key = ?1
        """
    static var postgreSQL: String { PostgreSQLText.translate(sql).replacing("min(", with: "least(") }

    let key: Int64
    let now: Instant

    func bind(to statement: some SQLParameters) {
        statement.bind(key, at: 1)
        statement.bind(now + .milliseconds(-1), at: 2)
    }
}

/// Twice changes nothing more. Index: `messages_payload_expiry`, in its order.
struct ExpungePayloads: SQLStatement {
    static let sql = """
        UPDATE messages SET payload = NULL, raw_body = NULL
        WHERE  key IN (
                   SELECT key FROM messages INDEXED BY messages_payload_expiry
                   WHERE  payload IS NOT NULL AND payload_expires_at <= ?1
                   ORDER  BY payload_expires_at LIMIT ?2)
        """
    static let postgreSQL = """
        UPDATE messages SET payload = NULL, raw_body = NULL
        FROM   (SELECT key FROM messages WHERE payload IS NOT NULL AND payload_expires_at <= $1
                ORDER BY payload_expires_at LIMIT $2) AS expired
        WHERE  messages.key = expired.key AND \(BatchText.few("expired.key"))
        """

    let now: Instant
    let limit: Int

    func bind(to statement: some SQLParameters) {
        statement.bind(now, at: 1)
        statement.bind(limit, at: 2)
    }
}

extension Message {
    convenience init(_ row: some SQLRow, from column: Int32 = 0) throws(StoreError) {
        self.init(
            id: try row.identifier(column), application: row.integer(column + 1), eventType: row.text(column + 2),
            eventID: row.optionalText(column + 3), channels: try row.texts(column + 4) ?? [],
            tags: try row.texts(column + 5) ?? [], payload: row.optionalBytes(column + MessageColumns.payload),
            createdAt: row.instant(column + 6), payloadExpiresAt: row.instant(column + 7),
            timing: MessageTiming(
                deliverAt: row.optionalInstant(column + 8), doNotDeliverAfter: row.optionalInstant(column + 9)),
            orderingKey: row.optionalText(column + 10),
            raw: row.optionalTextBytes(column + 12).map { RawPayload(body: $0, contentType: row.text(column + 11)) })
    }
}

extension SQLConnection {
    func message(application: Int64, _ reference: Reference) throws(StoreError) -> Message? {
        switch reference {
        case .id(let key, let text): try first(FindMessage(key: key, id: text, application: application))
        case .uid(let eventID): try first(FindMessageByEventID(application: application, eventID: eventID))
        }
    }
}
