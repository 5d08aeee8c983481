import GodwitCore
import GodwitStore

/// From a key on, also that key itself. Index: primary key.
struct ReadMovedRows<Table: MovedTable>: SQLStatement {
    static var sql: String {
        let layout = Table.layout
        let key = layout.key.map(\.name).joined(separator: ", ")
        let bound = layout.key.indices.map { "?\($0 + 1)" }.joined(separator: ", ")
        let condition = Table.condition.isEmpty ? "" : " AND \(Table.condition)"
        return """
            SELECT \(layout.columnNames.joined(separator: ", ")) FROM \(Table.name)
            WHERE  (\(key)) >= (\(bound))\(condition) ORDER BY \(key) LIMIT \(limit)
            """
    }

    /// The first was read before, so that there is always one that is new.
    static var limit: Int { Limits.movedRows + 1 }

    let from: [MovedValue]

    func bind(to statement: some SQLParameters) {
        for (index, column) in Table.layout.key.enumerated() { statement.bind(from[index], column, at: Int32(index + 1)) }
    }

    static func decode(_ row: some SQLRow) -> MovedRow { MovedRow(row, Table.layout) }
}

/// Twice fails: only for rows that are not there.
struct InsertMovedRow<Table: MovedTable>: BatchedStatement {
    static var sql: String {
        let columns = Table.layout.columnNames
        let values = columns.indices.map { "?\($0 + 1)" }.joined(separator: ", ")
        return "INSERT INTO \(Table.name) (\(columns.joined(separator: ", "))) VALUES (\(values))"
    }

    /// Numbers are kept, also where the database would choose them.
    static var postgreSQL: String {
        PostgreSQLText.translate(sql).replacing(" VALUES (", with: " OVERRIDING SYSTEM VALUE VALUES (")
    }

    static var postgreSQLBatch: String { BatchText.insertion(postgreSQL, Table.layout.columns.map(\.arrayType)) }

    static var largeValueIndex: Int32 { Table.layout.hasBytes ? Int32(Table.layout.columns.count) : 0 }

    let moved: MovedRow

    var row: WrittenRow { WrittenRow(.moved, Int64(moved.key(of: Table.layout).hashValue)) }

    var largeValue: [UInt8]? {
        guard case .bytes(let bytes)? = moved.values.last else { return nil }
        return bytes
    }

    func bind(to statement: some SQLParameters) {
        for (index, column) in Table.layout.columns.enumerated() where column.kind != .bytes {
            statement.bind(moved.values[index], column, at: Int32(index + 1))
        }
    }
}

/// Twice changes nothing. Index: primary key.
struct RemoveMovedRow<Table: MovedTable>: SQLStatement {
    static var sql: String {
        let conditions = Table.layout.key.enumerated().map { "\($1.name) = ?\($0 + 1)" }
        return "DELETE FROM \(Table.name) WHERE \(conditions.joined(separator: " AND "))"
    }

    let row: MovedRow

    func bind(to statement: some SQLParameters) {
        for (index, column) in Table.layout.key.enumerated() { statement.bind(row.values[index], column, at: Int32(index + 1)) }
    }
}

/// For a table that is perhaps large.
struct FindAnyMovedRow<Table: MovedTable>: PlainStatement {
    static var sql: String {
        "SELECT 1 FROM \(Table.name)\(Table.condition.isEmpty ? "" : " WHERE \(Table.condition)") LIMIT 1"
    }

    static func decode(_ row: some SQLRow) {}
}
