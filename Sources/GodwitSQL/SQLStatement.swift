import GodwitCore
package import GodwitStore

/// One SQL statement: its text, its parameters, and how a row of its answer is read.
///
/// The doc comment of each says what makes it safe to run twice or late, and which index it uses.
package protocol SQLStatement {
    associatedtype Row = Never

    /// For SQLite. Made of constants only; prepared once for each connection.
    static var sql: String { get }

    /// For PostgreSQL: the same text, as `PostgreSQLText` translates it, where that is enough.
    static var postgreSQL: String { get }

    /// Where `largeValue` goes: after all other parameters.
    static var largeValueIndex: Int32 { get }

    /// The one value that may be large. It isn't copied.
    var largeValue: [UInt8]? { get }

    func bind(to statement: some SQLParameters)

    static func decode(_ row: some SQLRow) throws(StoreError) -> Row
}

extension SQLStatement {
    package static var postgreSQL: String { PostgreSQLText.translate(sql) }
    package static var largeValueIndex: Int32 { 0 }
    package var largeValue: [UInt8]? { nil }
}

/// A statement without parameters.
package protocol PlainStatement: SQLStatement { init() }

extension PlainStatement {
    package func bind(to statement: some SQLParameters) {}
}

/// A statement that answers with how many rows it changed.
extension SQLStatement where Row == Never {
    package static func decode(_ row: some SQLRow) throws(StoreError) -> Never {
        throw StoreError(.unusable, "a statement without an answer has answered")
    }
}

/// The parameters of a statement, numbered from 1. Each is given once, whatever the order.
package protocol SQLParameters: AnyObject {
    /// For a value that is written. In a condition a NULL needs a type: bind one of the others.
    func bindNull(at index: Int32)
    func bind(_ value: Int64?, at index: Int32)
    func bind(_ text: StaticString, at index: Int32)
    func bind(_ text: String?, at index: Int32)
    /// UTF-8, such as JSON that was written by us.
    func bindText(_ bytes: [UInt8]?, at index: Int32)
    /// UTF-8 that was not written by us and may have any character, also U+0000, which PostgreSQL keeps in no text.
    func bindForeignText(_ bytes: [UInt8]?, at index: Int32)
}

extension SQLParameters {
    func bind(_ value: Int, at index: Int32) { bind(Int64(value), at: index) }

    func bind(_ value: Bool, at index: Int32) { bind(value ? 1 as Int64 : 0, at: index) }

    func bind(_ value: Instant, at index: Int32) { bind(value.millisecondsSince1970, at: index) }

    func bind(_ value: Instant?, at index: Int32) { bind(value?.millisecondsSince1970, at: index) }

    func bind(_ text: StaticString?, at index: Int32) {
        if let text { bind(text, at: index) } else { bind(nil as String?, at: index) }
    }
}

/// Columns of one row, numbered from 0.
package protocol SQLRow {
    func isNull(_ column: Int32) -> Bool
    func integer(_ column: Int32) -> Int64
    func text(_ column: Int32) -> String
    /// UTF-8.
    func textBytes(_ column: Int32) -> [UInt8]
    func bytes(_ column: Int32) -> [UInt8]
}

extension SQLRow {
    func optionalInteger(_ column: Int32) -> Int64? { isNull(column) ? nil : integer(column) }

    func bool(_ column: Int32) -> Bool { integer(column) != 0 }

    func instant(_ column: Int32) -> Instant { Instant(millisecondsSince1970: integer(column)) }

    func optionalInstant(_ column: Int32) -> Instant? { isNull(column) ? nil : instant(column) }

    func optionalText(_ column: Int32) -> String? { isNull(column) ? nil : text(column) }

    func optionalTextBytes(_ column: Int32) -> [UInt8]? { isNull(column) ? nil : textBytes(column) }

    func optionalBytes(_ column: Int32) -> [UInt8]? { isNull(column) ? nil : bytes(column) }
}

/// The direction in which a list is fetched, as a part of a statement's text.
protocol FetchDirection {
    static var comparison: String { get }
    static var order: String { get }
}

enum Upwards: FetchDirection {
    static let comparison = ">"
    static let order = "ASC"
}

enum Downwards: FetchDirection {
    static let comparison = "<"
    static let order = "DESC"
}

extension PageRequest<Int64> {
    /// The key beyond which rows are fetched. Keys are positive.
    var bound: Int64 {
        switch position {
        case .start: fetchesAscending ? .min : .max
        case .after(let key), .before(let key): key
        }
    }

    /// Smallest key inside and smallest past the end, of the page's cursor and a range together. One lower and one upper bound:
    /// of two of the same kind SQLite may choose the weaker, and read all former pages again.
    func keys(within range: KeyRange) -> (first: Int64, end: Int64) {
        switch position {
        case .start: (range.first, range.end)
        case .after(let key), .before(let key):
            fetchesAscending ? (max(range.first, key + 1), range.end) : (range.first, min(range.end, key))
        }
    }

    /// One row more than the page tells whether there are more.
    var fetchLimit: Int { limit + 1 }
}
