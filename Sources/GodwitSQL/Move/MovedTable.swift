/// A table as both databases have it, for moving its rows from one to the other.
///
/// Texts of keys are names without U+0000, so that both databases have them in the same order.
package protocol MovedTable: Sendable {
    static var name: String { get }
    static var layout: TableLayout { get }
    /// Which rows are moved; all of them when it is empty.
    static var condition: String { get }
}

extension MovedTable {
    package static var condition: String { "" }
}

/// The columns: those of the primary key first, in its order.
package struct TableLayout: Sendable {
    let columns: [MovedColumn]
    let keyCount: Int

    /// - Parameter bytes: the one column of bytes, if there is one. It comes last, since it is bound in place.
    init(
        key: [MovedColumn], integers: [String] = [], texts: [String] = [], foreignText: String? = nil, bytes: String? = nil
    ) {
        keyCount = key.count
        var columns = key
        for name in integers { columns.append(.integer(name)) }
        for name in texts { columns.append(.text(name)) }
        if let foreignText { columns.append(MovedColumn(name: foreignText, kind: .foreignText)) }
        if let bytes { columns.append(MovedColumn(name: bytes, kind: .bytes)) }
        self.columns = columns
    }

    package var columnNames: [String] { columns.map(\.name) }
    var key: ArraySlice<MovedColumn> { columns.prefix(keyCount) }
    var hasBytes: Bool { columns.last?.kind == .bytes }

    /// Not greater than any key.
    var smallestKey: [MovedValue] { key.map { $0.kind == .integer ? .integer(.min) : .text([]) } }
}

package struct MovedColumn: Sendable {
    enum Kind { case integer, text, foreignText, bytes }

    let name: String
    let kind: Kind

    var arrayType: ArrayType {
        switch kind {
        case .integer: .bigint
        case .text: .text
        case .foreignText, .bytes: .bytea
        }
    }

    static func integer(_ name: String) -> MovedColumn { .init(name: name, kind: .integer) }
    static func text(_ name: String) -> MovedColumn { .init(name: name, kind: .text) }
}
