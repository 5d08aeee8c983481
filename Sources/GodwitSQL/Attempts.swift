import GodwitCore
import GodwitStore

/// Twice is one row: the key makes it the same attempt. Index: primary key, near its end.
struct InsertAttempt: BatchedStatement {
    static let sql = """
        INSERT INTO attempts (\(AttemptColumns.names))
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22)
        ON CONFLICT (message_key, key) DO NOTHING
        """
    static let postgreSQLBatch =
        BatchText.insertion(postgreSQL, AttemptColumns.types) + " RETURNING message_key, key"
    static let tellsRows = true
    static let largeValueIndex: Int32 = 22

    let record: AttemptRecord

    var row: WrittenRow { WrittenRow(.attempts, record.delivery.message, record.id.key) }

    var largeValue: [UInt8]? {
        switch record.outcome {
        case .responded(let response): response.body
        case .failed: nil
        }
    }

    func bind(to statement: some SQLParameters) { AttemptColumns.bind(record, to: statement) }
}

/// Index: primary key.
struct FindAttempt: SQLStatement {
    static let sql = "SELECT \(AttemptColumns.names) FROM attempts WHERE message_key = ?1 AND key = ?2 AND id = ?3"

    let message: Int64
    let key: Int64
    let id: String

    func bind(to statement: some SQLParameters) {
        statement.bind(message, at: 1)
        statement.bind(key, at: 2)
        statement.bind(id, at: 3)
    }

    static func decode(_ row: some SQLRow) throws(StoreError) -> AttemptRecord { try AttemptColumns.record(row) }
}
