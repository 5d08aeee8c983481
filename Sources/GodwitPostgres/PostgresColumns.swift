#if Postgres
import GodwitSQL

/// The parameters of many rows: one array for each parameter, with one element for each row.
///
/// Source: PostgreSQL's `array_recv` (src/backend/utils/adt/arrayfuncs.c).
final class PostgresColumns: SQLParameters {
    private struct Column {
        var type = PostgresType.unknown
        /// Each with its length before it.
        var elements: [UInt8] = []
        var count = 0
        var nulls = 0
    }

    private var columns: [Column] = []
    /// Rows that are complete.
    private(set) var count = 0
    private(set) var bytes = 0

    func add<Statement: SQLStatement>(_ statement: Statement) {
        statement.bind(to: self)
        if Statement.largeValueIndex > 0 { bindBytes(statement.largeValue, at: Statement.largeValueIndex) }
        count += 1
    }

    func add(_ row: PostgresParameters) {
        for (index, range) in row.ranges.enumerated() {
            let type = PostgresType(rawValue: row.types[index]) ?? .unknown
            set(range.map { row.bytes[$0] }, type, at: Int32(index + 1))
        }
        count += 1
    }

    /// - Parameters:
    ///   - smallest: a number behind the arrays, and where it goes; nowhere if that is 0.
    func parameters(_ smallest: Int64, at index: Int32) -> PostgresParameters {
        let parameters = PostgresParameters()
        for index in columns.indices {
            pad(index)
            let column = columns[index]
            parameters.bindArray(
                column.elements, of: column.type, count: column.count, nulls: column.nulls, at: Int32(index + 1))
        }
        if index > 0 { parameters.bind(smallest, at: index) }
        return parameters
    }

    func bindNull(at index: Int32) { set(nil, .unknown, at: index) }

    func bind(_ value: Int64?, at index: Int32) {
        guard let value else { return set(nil, .int8, at: index) }
        let column = column(.int8, index)
        columns[column].elements.appendBigEndian(Int32(8))
        columns[column].elements.appendBigEndian(value)
        columns[column].count += 1
        bytes += 12
    }

    func bind(_ text: StaticString, at index: Int32) {
        let column = column(.text, index)
        let start = beginElement(column)
        text.withUTF8Buffer { text in unsafe columns[column].elements.append(contentsOf: text) }
        endText(column, from: start)
    }

    func bind(_ text: String?, at index: Int32) {
        guard let text else { return set(nil, .text, at: index) }
        let column = column(.text, index)
        let start = beginElement(column)
        columns[column].elements.append(contentsOf: text.utf8)
        endText(column, from: start)
    }

    func bindText(_ text: [UInt8]?, at index: Int32) {
        guard let text else { return set(nil, .text, at: index) }
        let column = column(.text, index)
        let start = beginElement(column)
        columns[column].elements.append(contentsOf: text)
        endText(column, from: start)
    }

    func bindForeignText(_ text: [UInt8]?, at index: Int32) { bindBytes(text, at: index) }

    func bindBytes(_ value: [UInt8]?, at index: Int32) { set(value.map { $0[...] }, .bytea, at: index) }

    // MARK: Elements

    private func set(_ value: ArraySlice<UInt8>?, _ type: PostgresType, at index: Int32) {
        let column = column(type, index)
        columns[column].elements.appendBigEndian(Int32(value?.count ?? -1))
        if let value { columns[column].elements.append(contentsOf: value) } else { columns[column].nulls += 1 }
        columns[column].count += 1
        bytes += 4 + (value?.count ?? 0)
    }

    private func beginElement(_ column: Int) -> Int {
        columns[column].elements.appendBigEndian(Int32(0))
        return columns[column].elements.count
    }

    private func endText(_ column: Int, from start: Int) {
        PostgresText.escape(&columns[column].elements, from: start)
        let length = columns[column].elements.count - start
        columns[column].elements.setBigEndian(Int32(length), at: start - 4)
        columns[column].count += 1
        bytes += 4 + length
    }

    /// - Returns: where it is, with an element for each row before this one.
    private func column(_ type: PostgresType, _ index: Int32) -> Int {
        while columns.count < index { columns.append(Column()) }
        let column = Int(index) - 1
        pad(column)
        if type != .unknown { columns[column].type = type }
        return column
    }

    /// What a row didn't say is NULL, as in a single statement.
    private func pad(_ column: Int) {
        while columns[column].count < count {
            columns[column].elements.appendBigEndian(Int32(-1))
            columns[column].nulls += 1
            columns[column].count += 1
        }
    }
}

extension [UInt8] {
    /// As numbers are sent over the wire.
    mutating func appendBigEndian(_ value: some FixedWidthInteger) {
        unsafe Swift.withUnsafeBytes(of: value.bigEndian) { bytes in unsafe append(contentsOf: bytes) }
    }

    fileprivate mutating func setBigEndian(_ value: Int32, at index: Int) {
        unsafe Swift.withUnsafeBytes(of: value.bigEndian) { bytes in
            for offset in bytes.indices { self[index + offset] = unsafe bytes[offset] }
        }
    }
}
#endif
