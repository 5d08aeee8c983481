import GodwitCore
import GodwitStore

/// Hands out each endpoint's next sequence number, without a gap: what a transaction took counts only once it is committed.
struct SequenceNumbers {
    /// As committed. One entry for each endpoint that was delivered to since the start.
    private var committed: [Int64: Int64] = [:]
    /// As the open transaction will leave them.
    private var taken: [Int64: Int64] = [:]

    mutating func next(for endpoint: Int64, on connection: some SQLConnection) throws(StoreError) -> Int64 {
        let last: Int64
        if let number = taken[endpoint] ?? committed[endpoint] {
            last = number
        } else {
            last = try connection.first(FindLastSequence(endpoint: endpoint)) ?? 0
        }
        taken[endpoint] = last + 1
        return last + 1
    }

    /// Before the transaction commits: one row for each endpoint, however many numbers it took.
    func write(on connection: some SQLConnection) throws(StoreError) {
        for (endpoint, last) in taken { try connection.run(WriteLastSequence(endpoint: endpoint, last: last)) }
    }

    mutating func commit() {
        committed.merge(taken) { $1 }
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
private struct WriteLastSequence: SQLStatement {
    static let sql = """
        INSERT INTO endpoint_sequences (endpoint_key, last_sequence) VALUES (?1, ?2)
        ON CONFLICT (endpoint_key) DO UPDATE SET last_sequence = excluded.last_sequence
        """

    let endpoint: Int64
    let last: Int64

    func bind(to statement: some SQLParameters) {
        statement.bind(endpoint, at: 1)
        statement.bind(last, at: 2)
    }
}
