import GodwitCore
import GodwitStore

/// Hands out each endpoint's next sequence number, without a gap: what a transaction took counts only once it is committed.
struct SequenceNumbers {
    /// As committed. One entry for each endpoint that was delivered to since the start.
    private var committed: [Int64: Int64] = [:]
    /// As the open transaction will leave them.
    private var taken: [Int64: Int64] = [:]

    /// Whether what was committed is still true at the next transaction: nobody else hands out numbers.
    private let keeps: Bool

    init(areShared: Bool) { keeps = !areShared }

    /// What others may not change until this transaction ends, as `LockLastSequences` answers.
    mutating func take(_ locked: [(endpoint: Int64, last: Int64)]) {
        for (endpoint, last) in locked { taken[endpoint] = last }
    }

    mutating func next(for endpoint: Int64, on connection: some SQLConnection) throws(StoreError) -> Int64 {
        if taken[endpoint] == nil, committed[endpoint] == nil { try read([endpoint], on: connection) }
        let next = (taken[endpoint] ?? committed[endpoint] ?? 0) + 1
        taken[endpoint] = next
        return next
    }

    /// Where several processes hand out numbers, an endpoint's belong to one transaction at a time.
    mutating func read(_ endpoints: Set<Int64>, on connection: some SQLConnection) throws(StoreError) {
        guard type(of: connection).isShared else {
            for endpoint in endpoints { committed[endpoint] = try connection.first(FindLastSequence(endpoint: endpoint)) }
            return
        }
        var missing = endpoints.subtracting(taken.keys)
        guard !missing.isEmpty else { return }
        for _ in 0..<2 {
            take(try connection.all(LockLastSequences(endpoints: missing)))
            missing.subtract(taken.keys)
            guard !missing.isEmpty else { return }
            try connection.run(InsertLastSequences(endpoints: missing))
        }
        throw StoreError(.unavailable, "sequence numbers could not be taken")
    }

    /// Before the transaction commits: one row for each endpoint, however many numbers it took.
    func write(on connection: some SQLConnection) throws(StoreError) {
        for (endpoint, last) in taken { try connection.runInBatch(WriteLastSequence(endpoint: endpoint, last: last)) }
    }

    mutating func commit() {
        if keeps { committed.merge(taken) { $1 } }
        taken.removeAll(keepingCapacity: true)
    }

    /// What was touched is read again: after a failed commit the file knows best.
    mutating func rollBack() {
        for endpoint in taken.keys { committed[endpoint] = nil }
        taken = [:]
    }
}

/// Index: primary key.
struct FindLastSequence: SQLStatement {
    static let sql = "SELECT last_sequence FROM endpoint_sequences WHERE endpoint_key = ?1"

    let endpoint: Int64

    func bind(to statement: some SQLParameters) { statement.bind(endpoint, at: 1) }

    static func decode(_ row: some SQLRow) -> Int64 { row.integer(0) }
}

/// Index: primary key.
struct WriteLastSequence: BatchedStatement {
    static let sql = """
        INSERT INTO endpoint_sequences (endpoint_key, last_sequence) VALUES (?1, ?2)
        ON CONFLICT (endpoint_key) DO UPDATE SET last_sequence = excluded.last_sequence
        """

    static let postgreSQLBatch = BatchText.insertion(postgreSQL, [.bigint, .bigint])

    let endpoint: Int64
    let last: Int64

    var row: WrittenRow { WrittenRow(.sequences, endpoint) }

    func bind(to statement: some SQLParameters) {
        statement.bind(endpoint, at: 1)
        statement.bind(last, at: 2)
    }
}

/// In the order of their keys, so that no two transactions wait for each other. Index: primary key.
struct LockLastSequences: SQLStatement {
    static let sql = """
        SELECT endpoint_key, last_sequence FROM endpoint_sequences
        WHERE  endpoint_key IN (SELECT CAST(value AS BIGINT) FROM json_each(?1))
        ORDER  BY endpoint_key
        """
    static var postgreSQL: String { PostgreSQLText.translate(sql) + " FOR UPDATE" }

    let endpoints: Set<Int64>

    func bind(to statement: some SQLParameters) { statement.bindText(JSONWriter.write(endpoints.sorted()), at: 1) }

    static func decode(_ row: some SQLRow) -> (endpoint: Int64, last: Int64) { (row.integer(0), row.integer(1)) }
}

/// Of endpoints that got none yet. Twice is once. Index: primary key.
private struct InsertLastSequences: SQLStatement {
    static let sql = """
        INSERT INTO endpoint_sequences (endpoint_key, last_sequence)
        SELECT CAST(value AS BIGINT), 0 FROM json_each(?1) WHERE TRUE ORDER BY 1
        ON CONFLICT (endpoint_key) DO NOTHING
        """

    let endpoints: Set<Int64>

    func bind(to statement: some SQLParameters) { statement.bindText(JSONWriter.write(endpoints.sorted()), at: 1) }
}
