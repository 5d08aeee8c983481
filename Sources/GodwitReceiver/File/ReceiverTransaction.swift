/// A transaction of a `ReceiverFile`. Valid only within the closure that it is given to.
public struct ReceiverTransaction {
    private let database: ReceiverDatabase
    /// Seconds since 1970.
    public let nowSeconds: Int64

    init(_ database: ReceiverDatabase, nowSeconds: Int64) {
        self.database = database
        self.nowSeconds = nowSeconds
    }

    /// Runs one statement. Its text should be a constant: it is prepared once and kept.
    /// - Returns: the rows of its answer.
    @discardableResult
    public func query(_ sql: String, _ parameters: [SQLValue] = []) throws(ReceiverFileError) -> [[SQLValue]] {
        try database.query(sql, parameters)
    }

    /// Runs one statement.
    /// - Returns: how many rows it changed.
    @discardableResult
    public func run(_ sql: String, _ parameters: [SQLValue] = []) throws(ReceiverFileError) -> Int {
        _ = try database.query(sql, parameters)
        return database.changes
    }

    /// - Returns: false when it is recorded already.
    func record(_ key: String) throws(ReceiverFileError) -> Bool {
        try run(ProcessedWebhooks.insert, [.text(key), .integer(nowSeconds)]) == 1
    }

    func isRecorded(_ key: String) throws(ReceiverFileError) -> Bool {
        try !query("SELECT 1 FROM processed_webhooks WHERE id = $1", [.text(key)]).isEmpty
    }
}
