import GodwitCore
import GodwitStore

/// One SQL statement: its text, its parameters, and how a row of its answer is read.
///
/// The doc comment of each says what makes it safe to run twice or late, and which index it uses.
protocol SQLStatement {
    associatedtype Row = Never

    /// Made of constants only; prepared once for each connection.
    static var sql: String { get }

    /// Where `largeValue` goes: after all other parameters.
    static var largeValueIndex: Int32 { get }

    /// The one value that may be large. It isn't copied.
    var largeValue: [UInt8]? { get }

    func bind(to statement: SQLiteStatement)

    static func decode(_ row: SQLiteStatement) throws(StoreError) -> Row
}

extension SQLStatement {
    static var largeValueIndex: Int32 { 0 }
    var largeValue: [UInt8]? { nil }
}

/// A statement without parameters.
protocol PlainStatement: SQLStatement { init() }

extension PlainStatement {
    func bind(to statement: SQLiteStatement) {}
}

/// A statement that answers with how many rows it changed.
extension SQLStatement where Row == Never {
    static func decode(_ row: SQLiteStatement) throws(StoreError) -> Never {
        throw StoreError(.unusable, "a statement without an answer has answered")
    }
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

    /// One row more than the page tells whether there are more.
    var fetchLimit: Int { limit + 1 }
}
