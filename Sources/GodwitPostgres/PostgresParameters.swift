import GodwitCore

/// The parameters of one statement in the binary format, in their order ($1, $2, …). Lists become arrays for `UNNEST`.
///
/// Source: PostgreSQL's documentation, "Frontend/Backend Protocol", and the `*_recv` function of each type.
struct PostgresParameters {
    /// One after the other; `ranges` says where each lies.
    private(set) var bytes: [UInt8] = []
    /// nil is NULL.
    private(set) var ranges: [Range<Int>?] = []

    mutating func bind(_ value: Int64) { append { $0.appendBigEndian(value) } }

    mutating func bind(_ value: Int64?) {
        if let value { bind(value) } else { ranges.append(nil) }
    }

    mutating func bind(_ value: Int) { bind(Int64(value)) }

    mutating func bind(_ value: Bool) { append { $0.append(value ? 1 : 0) } }

    mutating func bind(_ value: Instant) { bind(value.millisecondsSince1970) }

    mutating func bind(_ value: Instant?) { bind(value?.millisecondsSince1970) }

    /// `text`, or JSON that was written by us as `text`; also `bytea`.
    mutating func bind(_ value: [UInt8]?) {
        guard let value else { return ranges.append(nil) }
        append { $0.append(contentsOf: value) }
    }

    mutating func bind(_ value: String?) {
        guard let value else { return ranges.append(nil) }
        append { $0.append(contentsOf: value.utf8) }
    }

    mutating func bind(_ values: [Int64]) {
        array(of: .int8, count: values.count, hasNull: false) { bytes in
            for value in values { bytes.appendElement(value) }
        }
    }

    mutating func bind(_ values: [Int64?]) {
        array(of: .int8, count: values.count, hasNull: values.contains(nil)) { bytes in
            for value in values {
                if let value { bytes.appendElement(value) } else { bytes.appendNull() }
            }
        }
    }

    mutating func bind(_ values: [Bool]) {
        array(of: .bool, count: values.count, hasNull: false) { bytes in
            for value in values {
                bytes.appendBigEndian(Int32(1))
                bytes.append(value ? 1 : 0)
            }
        }
    }

    mutating func bind(_ values: [String?]) { texts(values.map { $0.map { Array($0.utf8) } }) }

    /// `text[]`.
    mutating func texts(_ values: [[UInt8]?]) { blobs(values, of: .text) }

    /// `bytea[]`.
    mutating func bytes(_ values: [[UInt8]?]) { blobs(values, of: .bytea) }

    private mutating func blobs(_ values: [[UInt8]?], of type: PostgresType) {
        array(of: type, count: values.count, hasNull: values.contains { $0 == nil }) { bytes in
            for value in values {
                guard let value else {
                    bytes.appendNull()
                    continue
                }
                bytes.appendBigEndian(Int32(value.count))
                bytes.append(contentsOf: value)
            }
        }
    }

    /// One dimension, numbered from 1; an empty array has none.
    private mutating func array(of type: PostgresType, count: Int, hasNull: Bool, _ elements: (inout [UInt8]) -> Void) {
        append { bytes in
            bytes.appendBigEndian(Int32(count == 0 ? 0 : 1))
            bytes.appendBigEndian(Int32(hasNull ? 1 : 0))
            bytes.appendBigEndian(Int32(bitPattern: type.rawValue))
            guard count > 0 else { return }
            bytes.appendBigEndian(Int32(count))
            bytes.appendBigEndian(Int32(1))
            elements(&bytes)
        }
    }

    private mutating func append(_ write: (inout [UInt8]) -> Void) {
        let start = bytes.count
        write(&bytes)
        ranges.append(start..<bytes.count)
    }
}

/// Object ids of the types that we use, as `pg_type` has them in every version.
enum PostgresType: UInt32 {
    case bool = 16
    case bytea = 17
    case int8 = 20
    case text = 25
}

extension [UInt8] {
    fileprivate mutating func appendBigEndian(_ value: some FixedWidthInteger) {
        for shift in stride(from: value.bitWidth - 8, through: 0, by: -8) {
            append(UInt8(truncatingIfNeeded: value >> shift))
        }
    }

    fileprivate mutating func appendElement(_ value: Int64) {
        appendBigEndian(Int32(8))
        appendBigEndian(value)
    }

    fileprivate mutating func appendNull() { appendBigEndian(Int32(-1)) }
}
