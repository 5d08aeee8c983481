import CPostgres
import GodwitCore

/// The answer to one statement: its rows in the binary format.
@safe final class PostgresRows {
    private let result: OpaquePointer

    /// Takes over the result.
    init(_ result: OpaquePointer) { unsafe self.result = result }

    deinit { unsafe PQclear(result) }

    var count: Int { Int(unsafe PQntuples(result)) }

    /// Rows that an INSERT, UPDATE or DELETE changed, or that a SELECT found.
    var affected: Int { unsafe Int(String(cString: PQcmdTuples(result))) ?? 0 }

    subscript(row: Int) -> PostgresRow { PostgresRow(rows: self, row: Int32(row)) }

    fileprivate func isNull(_ row: Int32, _ column: Int32) -> Bool { unsafe PQgetisnull(result, row, column) == 1 }

    fileprivate func withValue<Value>(_ row: Int32, _ column: Int32, _ body: (UnsafeRawBufferPointer) -> Value) -> Value {
        let start = unsafe UnsafeRawPointer(PQgetvalue(result, row, column))
        let count = Int(unsafe PQgetlength(result, row, column))
        return unsafe body(UnsafeRawBufferPointer(start: start, count: count))
    }
}

/// Columns of one row, numbered from 0. Integers are `int8`, unless said otherwise; times are milliseconds since 1970.
struct PostgresRow {
    fileprivate let rows: PostgresRows
    fileprivate let row: Int32

    func isNull(_ column: Int32) -> Bool { rows.isNull(row, column) }

    func integer(_ column: Int32) -> Int64 {
        unsafe rows.withValue(row, column) { bytes in
            unsafe bytes.reduce(0) { $0 << 8 | Int64($1) }
        }
    }

    func optionalInteger(_ column: Int32) -> Int64? { isNull(column) ? nil : integer(column) }

    func bool(_ column: Int32) -> Bool { integer(column) != 0 }

    func instant(_ column: Int32) -> Instant { Instant(millisecondsSince1970: integer(column)) }

    func optionalInstant(_ column: Int32) -> Instant? { isNull(column) ? nil : instant(column) }

    func text(_ column: Int32) -> String {
        unsafe rows.withValue(row, column) { unsafe String(decoding: $0, as: UTF8.self) }
    }

    func optionalText(_ column: Int32) -> String? { isNull(column) ? nil : text(column) }

    func bytes(_ column: Int32) -> [UInt8] { unsafe rows.withValue(row, column) { unsafe [UInt8]($0) } }

    func optionalBytes(_ column: Int32) -> [UInt8]? { isNull(column) ? nil : bytes(column) }
}
