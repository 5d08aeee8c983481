#if Postgres
import CPostgres
import GodwitSQL

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

    fileprivate func isText(_ column: Int32) -> Bool { unsafe PQftype(result, column) == PostgresType.text.rawValue }

    fileprivate func withValue<Value>(_ row: Int32, _ column: Int32, _ body: (UnsafeRawBufferPointer) -> Value) -> Value {
        let start = unsafe UnsafeRawPointer(PQgetvalue(result, row, column))
        let count = Int(unsafe PQgetlength(result, row, column))
        return unsafe body(UnsafeRawBufferPointer(start: start, count: count))
    }
}

/// Columns of one row, numbered from 0.
struct PostgresRow: SQLRow {
    fileprivate let rows: PostgresRows
    fileprivate let row: Int32

    func isNull(_ column: Int32) -> Bool { rows.isNull(row, column) }

    /// Of any width, also a boolean. 0 for NULL.
    func integer(_ column: Int32) -> Int64 {
        unsafe rows.withValue(row, column) { bytes in
            let sign: Int64 = unsafe bytes.count > 1 && bytes[0] >= 0x80 ? -1 : 0
            return unsafe bytes.reduce(sign) { $0 << 8 | Int64($1) }
        }
    }

    func text(_ column: Int32) -> String {
        String(decoding: textBytes(column), as: UTF8.self)
    }

    /// A text may stand in a column of bytes as well.
    func textBytes(_ column: Int32) -> [UInt8] {
        guard rows.isText(column) else { return bytes(column) }
        return unsafe rows.withValue(row, column) { unsafe PostgresText.read($0) }
    }

    func bytes(_ column: Int32) -> [UInt8] { unsafe rows.withValue(row, column) { unsafe [UInt8]($0) } }
}
#endif
