#if Postgres
import GodwitCore
import GodwitSQL

/// Rows that are written by one statement.
final class PostgresBatch {
    /// Of its statements.
    let kind: ObjectIdentifier
    private let sql: () -> String
    private let key: ObjectIdentifier
    private let tellsRows: Bool
    private let smallestKeyIndex: Int32

    /// One row is written by the plain statement, which takes less.
    private let first: PostgresRequest
    private let columns = PostgresColumns()
    /// Each with its place among the notes.
    private var rows: [WrittenRow: Int]
    private var smallest: Int64
    private var notes: [((Int) -> Void)?]

    init<Statement: BatchedStatement>(_ statement: Statement, _ row: WrittenRow, _ note: ((Int) -> Void)?) {
        kind = ObjectIdentifier(Statement.self)
        sql = { PostgreSQLText.qualify(Statement.postgreSQLBatch) }
        key = ObjectIdentifier(Batch<Statement>.self)
        tellsRows = Statement.tellsRows
        smallestKeyIndex = Statement.smallestKeyIndex
        first = PostgresRequest(statement)
        rows = [row: 0]
        smallest = row.first
        notes = [note]
    }

    var bytes: Int { columns.count == 0 ? first.parameters.bytes.count : columns.bytes }
    var isFull: Bool { rows.count >= Limits.batchedRows || bytes >= Limits.batchedBytes }

    func touches(_ row: WrittenRow) -> Bool { rows[row] != nil }

    /// Another statement of the kind, for a row that isn't touched yet.
    func add(_ statement: some BatchedStatement, _ row: WrittenRow, _ note: ((Int) -> Void)?) {
        if columns.count == 0 { columns.add(first.parameters) }
        columns.add(statement)
        rows[row] = notes.count
        smallest = min(smallest, row.first)
        notes.append(note)
    }

    var request: PostgresRequest {
        guard columns.count > 0 else { return first }
        return PostgresRequest(key: key, sql: sql, parameters: columns.parameters(smallest, at: smallestKeyIndex))
    }

    func tell(_ answer: PostgresRows) {
        guard columns.count > 0 else {
            notes[0]?(answer.affected)
            return
        }
        var counts = [Int](repeating: tellsRows ? 0 : 1, count: notes.count)
        if tellsRows, let table = rows.keys.first?.table {
            for index in 0..<answer.count {
                let row = WrittenRow(table, answer[index].integer(0), answer[index].integer(1))
                if let place = rows[row] { counts[place] += 1 }
            }
        }
        for (note, count) in zip(notes, counts) { note?(count) }
    }
}

/// Which statement a batch, or a query for many at once, is of.
enum Batch<Statement: SQLStatement> {}
#endif
