#if Postgres
import GodwitSQL

/// The parameters of one statement in the binary format.
///
/// Source: PostgreSQL's documentation, "Frontend/Backend Protocol", and the `*_recv` function of each type.
final class PostgresParameters: SQLParameters {
    /// One after the other; `ranges` says where each lies.
    private(set) var bytes: [UInt8] = []
    /// nil is NULL.
    private(set) var ranges: [Range<Int>?] = []
    /// Object ids of the types; 0 lets the server find out.
    private(set) var types: [UInt32] = []

    func bindNull(at index: Int32) { set(nil, .unknown, at: index) }

    func bind(_ value: Int64?, at index: Int32) {
        guard let value else { return set(nil, .int8, at: index) }
        add(.int8, at: index) { $0.appendBigEndian(value) }
    }

    func bind(_ text: StaticString, at index: Int32) { bind(text.description, at: index) }

    func bind(_ text: String?, at index: Int32) {
        guard let text else { return set(nil, .text, at: index) }
        add(.text, at: index) { $0.append(contentsOf: text.utf8) }
    }

    func bindText(_ text: [UInt8]?, at index: Int32) {
        guard let text else { return set(nil, .text, at: index) }
        add(.text, at: index) { $0.append(contentsOf: text) }
    }

    func bindForeignText(_ text: [UInt8]?, at index: Int32) { bindBytes(text, at: index) }

    func bindBytes(_ value: [UInt8]?, at index: Int32) {
        guard let value else { return set(nil, .bytea, at: index) }
        add(.bytea, at: index) { $0.append(contentsOf: value) }
    }

    /// The statement says itself what type the array has. One of nothing but NULLs is NULL itself: `unnest` makes the same rows of it,
    /// beside an array that is none.
    func bindArray(_ elements: [UInt8], of type: PostgresType, count: Int, nulls: Int, at index: Int32) {
        guard nulls < count else { return set(nil, .unknown, at: index) }
        add(.unknown, at: index) { bytes in
            bytes.reserveCapacity(bytes.count + 20 + elements.count)
            // One dimension, whether there are NULLs, the type, and from 1 on so many.
            for word in [1, nulls > 0 ? 1 : 0, Int32(type.rawValue), Int32(count), 1] { bytes.appendBigEndian(word) }
            bytes.append(contentsOf: elements)
        }
    }

    private func add(_ type: PostgresType, at index: Int32, _ write: (inout [UInt8]) -> Void) {
        let start = bytes.count
        write(&bytes)
        if type == .text { PostgresText.escape(&bytes, from: start) }
        set(start..<bytes.count, type, at: index)
    }

    private func set(_ range: Range<Int>?, _ type: PostgresType, at index: Int32) {
        while ranges.count < index {
            ranges.append(nil)
            types.append(PostgresType.unknown.rawValue)
        }
        ranges[Int(index) - 1] = range
        types[Int(index) - 1] = type.rawValue
    }
}

/// Object ids of the types that we use, as `pg_type` has them in every version.
enum PostgresType: UInt32 {
    case unknown = 0
    case bytea = 17
    case int8 = 20
    case text = 25
}
#endif
