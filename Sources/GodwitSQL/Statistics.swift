package import GodwitCore
package import GodwitStore

/// The columns that `EndpointCounters(row)` reads, in their order.
private let columns = [
    "success", "pending", "fail", "sending", "canceled", "attempts_succeeded", "attempts_failed", "attempts_canceled",
]

/// Run once for what a transaction counted, in that transaction: then it is counted once. Index: primary key.
struct AddStatistics: BatchedStatement {
    static let sql = """
        INSERT INTO endpoint_statistics (endpoint_key, minute, \(columns.joined(separator: ", ")))
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
        ON CONFLICT (endpoint_key, minute) DO UPDATE
        SET \(columns.map { "\($0) = endpoint_statistics.\($0) + excluded.\($0)" }.joined(separator: ", "))
        """

    static let postgreSQLBatch = BatchText.insertion(postgreSQL, Array(repeating: .bigint, count: 10))

    let key: StatisticsKey
    let counters: EndpointCounters

    var row: WrittenRow { WrittenRow(.statistics, key.endpoint, key.minute) }

    func bind(to statement: some SQLParameters) {
        statement.bind(key.endpoint, at: 1)
        statement.bind(key.minute, at: 2)
        statement.bind(counters.success, at: 3)
        statement.bind(counters.pending, at: 4)
        statement.bind(counters.fail, at: 5)
        statement.bind(counters.sending, at: 6)
        statement.bind(counters.canceled, at: 7)
        statement.bind(counters.attemptsSucceeded, at: 8)
        statement.bind(counters.attemptsFailed, at: 9)
        statement.bind(counters.attemptsCanceled, at: 10)
    }
}

/// Index: primary key.
struct SumStatistics: SQLStatement {
    static let sql = """
        SELECT \(columns.map { "CAST(coalesce(sum(\($0)), 0) AS BIGINT)" }.joined(separator: ", "))
        FROM   endpoint_statistics
        WHERE  endpoint_key = ?1 AND minute >= ?2 AND minute < ?3
        """

    let endpoint: Int64
    let minutes: Range<Int64>

    func bind(to statement: some SQLParameters) {
        statement.bind(endpoint, at: 1)
        statement.bind(minutes.lowerBound, at: 2)
        statement.bind(minutes.upperBound, at: 3)
    }

    static func decode(_ row: some SQLRow) -> EndpointCounters { EndpointCounters(row, from: 0) }
}

/// Minutes that are not the first of their hour, oldest first. Index: `endpoint_statistics_minutes`, in its order.
struct MinutesToFold: SQLStatement {
    static let sql = """
        SELECT endpoint_key, minute, \(columns.joined(separator: ", "))
        FROM   endpoint_statistics INDEXED BY endpoint_statistics_minutes
        WHERE  minute % 60 <> 0 AND minute < ?1
        ORDER  BY minute, endpoint_key LIMIT ?2
        """
    /// Nobody counts between this and the removal.
    static let postgreSQL = PostgreSQLText.translate(sql) + " FOR UPDATE"

    let before: Int64
    let limit: Int

    func bind(to statement: some SQLParameters) {
        statement.bind(before, at: 1)
        statement.bind(limit, at: 2)
    }

    static func decode(_ row: some SQLRow) -> (key: StatisticsKey, counters: EndpointCounters) {
        (StatisticsKey(endpoint: row.integer(0), minute: row.integer(1)), EndpointCounters(row, from: 2))
    }
}

/// Index: primary key.
struct RemoveMinute: SQLStatement {
    static let sql = "DELETE FROM endpoint_statistics WHERE endpoint_key = ?1 AND minute = ?2"

    let key: StatisticsKey

    func bind(to statement: some SQLParameters) {
        statement.bind(key.endpoint, at: 1)
        statement.bind(key.minute, at: 2)
    }
}

extension EndpointCounters {
    fileprivate init(_ row: some SQLRow, from column: Int32) {
        self.init()
        success = row.integer(column)
        pending = row.integer(column + 1)
        fail = row.integer(column + 2)
        sending = row.integer(column + 3)
        canceled = row.integer(column + 4)
        attemptsSucceeded = row.integer(column + 5)
        attemptsFailed = row.integer(column + 6)
        attemptsCanceled = row.integer(column + 7)
    }
}

extension SQLStore {
    package func statistics(endpoint: Int64, minutes: Range<Int64>) throws(StoreError) -> EndpointCounters {
        try readList { connection throws(StoreError) in try connection.statistics(endpoint: endpoint, minutes: minutes) }
    }
}

extension SQLConnection {
    func statistics(endpoint: Int64, minutes: Range<Int64>) throws(StoreError) -> EndpointCounters {
        try first(SumStatistics(endpoint: endpoint, minutes: minutes)) ?? EndpointCounters()
    }

    /// Before the transaction commits: one row for each endpoint and minute, however much was counted.
    func writeStatistics() throws(StoreError) {
        try settle()
        // In their order, so that no two transactions wait for each other.
        for (key, counters) in ledger.counters.sorted(by: { $0.key < $1.key }) where counters != EndpointCounters() {
            try runInBatch(AddStatistics(key: key, counters: counters))
        }
        ledger.removeAll()
    }

    /// Inside a transaction.
    func change(_ command: StatisticsCommand) throws(StoreError) -> Int {
        switch command {
        case .fold(let before, let limit):
            // What this transaction has counted so far is folded too.
            try writeStatistics()
            let minutes = try all(MinutesToFold(before: before, limit: limit))
            for (key, counters) in minutes {
                try runLater(RemoveMinute(key: key))
                ledger.add(counters, to: key.hour)
            }
            return minutes.count
        }
    }

    /// A delivery that was decided on the current row, inside the same transaction.
    func replace(
        _ key: DeliveryKey, _ former: DeliveryStateMachine, with machine: DeliveryStateMachine
    ) throws(StoreError) {
        try runInBatch(ReplaceDelivery(key: key, machine: machine))
        ledger.noteDelivery(key, from: former.status, to: machine)
    }

    func insert(_ key: DeliveryKey, sequence: Int64, _ machine: DeliveryStateMachine) throws(StoreError) {
        try runInBatch(InsertDelivery(key: key, sequence: sequence, machine: machine))
        ledger.noteDelivery(key, from: nil, to: machine)
    }
}
