/// A statement that writes one row, and can write the rows of many at once: each of its parameters is then an array.
///
/// What makes it safe to write rows of one kind together, and so some of them earlier than they were given, is up to the connection.
package protocol BatchedStatement: SQLStatement {
    /// For PostgreSQL: the same for the rows of arrays. Each parameter says the type of its array, as in `$1::bigint[]`.
    static var postgreSQLBatch: String { get }

    /// Whether the batch answers with the `first` and `second` of each row that it changed. Else it changes one for each.
    static var tellsRows: Bool { get }

    /// Behind all other parameters: where the smallest `first` goes, for a statement that looks for its rows.
    static var smallestKeyIndex: Int32 { get }

    /// The row that it writes.
    var row: WrittenRow { get }
}

extension BatchedStatement {
    package static var tellsRows: Bool { false }
    package static var smallestKeyIndex: Int32 { 0 }
}

/// A statement that looks for one thing, and can look for many at once: each of its parameters is then an array.
package protocol BatchedQuery: SQLStatement {
    /// For PostgreSQL, as above. Each row of the answer says for itself what it answers.
    static var postgreSQLBatch: String { get }
}

/// Which row a statement writes. Rows that are equal here may be one; rows that are not are two.
package struct WrittenRow: Hashable {
    package enum Table: Hashable {
        case attempts, deliveries, idempotency, labels, messages, moved, sequences, statistics, wakes
    }

    package let table: Table
    package let first: Int64
    package let second: Int64

    package init(_ table: Table, _ first: Int64, _ second: Int64 = 0) {
        (self.table, self.first, self.second) = (table, first, second)
    }
}

/// Types of the arrays.
enum ArrayType: String {
    case bigint, bytea, text
}

/// Rows of arrays, as a part of a statement's text.
enum BatchText {
    /// `unnest($1::bigint[], $2::text[])`
    static func rows(_ types: [ArrayType]) -> String {
        let arrays = types.enumerated().map { "$\($0 + 1)::\($1.rawValue)[]" }
        return "unnest(\(arrays.joined(separator: ", ")))"
    }

    /// An INSERT whose values are its parameters in their order, as PostgreSQL has it, for rows of arrays.
    static func insertion(_ sql: String, _ types: [ArrayType]) -> String {
        let values = types.indices.map { "$\($0 + 1)" }.joined(separator: ", ")
        return sql.replacing("VALUES (\(values))", with: "SELECT * FROM \(rows(types))")
    }

    /// Says about a column of such rows what is always true, because of how the planner judges it: it then expects a single row, and looks
    /// for each by an index. It knows neither how long an array will be nor how fast a young table grows, and a plan that reads
    /// the whole table would stay for as long as the connection does.
    static func few(_ column: String) -> String {
        "\(column) BETWEEN '\(Int64.min)'::bigint AND '\(Int64.max)'::bigint"
    }
}
