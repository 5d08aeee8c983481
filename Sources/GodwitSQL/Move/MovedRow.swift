import GodwitCore

/// One value, whatever the database.
enum MovedValue: Hashable, Sendable {
    case null
    case integer(Int64)
    /// UTF-8.
    case text([UInt8])
    case bytes([UInt8])

    fileprivate static func comesBefore(_ first: MovedValue, _ second: MovedValue) -> Bool {
        switch (first, second) {
        case (.integer(let first), .integer(let second)): first < second
        case (.text(let first), .text(let second)): first.lexicographicallyPrecedes(second)
        default: false
        }
    }
}

/// Columns in the order of the table's layout.
struct MovedRow: Hashable, Sendable {
    let values: [MovedValue]
    /// Bytes that it takes in memory, about.
    let size: Int

    init(_ row: some SQLRow, _ layout: TableLayout) {
        var values: [MovedValue] = []
        values.reserveCapacity(layout.columns.count)
        var size = 0
        for (index, column) in layout.columns.enumerated() {
            let index = Int32(index)
            guard !row.isNull(index) else {
                values.append(.null)
                continue
            }
            switch column.kind {
            case .integer: values.append(.integer(row.integer(index)))
            case .text, .foreignText:
                let text = row.textBytes(index)
                size += text.count
                values.append(.text(text))
            case .bytes:
                let bytes = row.bytes(index)
                size += bytes.count
                values.append(.bytes(bytes))
            }
        }
        self.values = values
        self.size = size + 16 * values.count
    }

    func key(of layout: TableLayout) -> [MovedValue] { Array(values.prefix(layout.keyCount)) }

    /// By the keys, as both databases sort them.
    func comesBefore(_ other: MovedRow, in layout: TableLayout) -> Bool {
        values.prefix(layout.keyCount).lexicographicallyPrecedes(
            other.values.prefix(layout.keyCount), by: MovedValue.comesBefore)
    }

    func hasKey(of other: MovedRow, in layout: TableLayout) -> Bool {
        values.prefix(layout.keyCount) == other.values.prefix(layout.keyCount)
    }
}

extension SQLParameters {
    func bind(_ value: MovedValue, _ column: MovedColumn, at index: Int32) {
        switch (value, column.kind) {
        case (.integer(let value), _): bind(value, at: index)
        case (.text(let text), .foreignText): bindForeignText(text, at: index)
        case (.text(let text), _): bindText(text, at: index)
        default: bindNull(at: index)
        }
    }
}
