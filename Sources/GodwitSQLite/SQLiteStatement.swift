import CSQLite
import GodwitCore
import GodwitSQL
import GodwitStore

/// A prepared statement: parameters in, rows out. `SQLiteConnection` resets it after every use.
@safe final class SQLiteStatement: SQLParameters, SQLRow {
    private let handle: OpaquePointer
    private let database: OpaquePointer
    /// The first parameter that was refused (too large, no memory). The next step reports it, so that binding needs no `try`.
    private var bindFailure = SQLITE_OK

    init(_ sql: String, database: OpaquePointer) throws(StoreError) {
        var prepared: OpaquePointer?
        let flags = UInt32(SQLITE_PREPARE_PERSISTENT)
        let result = unsafe sqlite3_prepare_v3(database, sql, -1, flags, &prepared, nil)
        guard result == SQLITE_OK, let prepared = unsafe prepared else { throw unsafe StoreError(result, of: database) }
        unsafe handle = prepared
        unsafe self.database = database
    }

    deinit { unsafe sqlite3_finalize(handle) }

    /// - Returns: whether there is a row to read.
    func step() throws(StoreError) -> Bool {
        guard bindFailure == SQLITE_OK else { throw StoreError(resultCode: bindFailure) }
        switch unsafe sqlite3_step(handle) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        case let failure: throw unsafe StoreError(failure, of: database)
        }
    }

    /// Steps once, with a last parameter that is read in place.
    func step(lendingBytes bytes: [UInt8], at index: Int32) throws(StoreError) -> Bool {
        // The parameter must not outlive the array's storage.
        defer { bindNull(at: index) }
        return unsafe try bytes.withUnsafeBufferPointer { buffer throws(StoreError) in
            if let start = buffer.baseAddress, !buffer.isEmpty {
                note(unsafe sqlite3_bind_blob64(handle, index, start, UInt64(buffer.count), nil))
            } else {
                note(unsafe sqlite3_bind_zeroblob(handle, index, 0))
            }
            return try step()
        }
    }

    /// Ready for the next use.
    func reset() {
        // Its result repeats the failure of the last step, which was thrown already.
        _ = unsafe sqlite3_reset(handle)
        bindFailure = SQLITE_OK
    }

    private func note(_ result: Int32) {
        if result != SQLITE_OK, bindFailure == SQLITE_OK { bindFailure = result }
    }
}

// MARK: - Parameters, numbered from 1

extension SQLiteStatement {
    func bindNull(at index: Int32) { note(unsafe sqlite3_bind_null(handle, index)) }

    func bind(_ value: Int64?, at index: Int32) {
        guard let value else { return bindNull(at: index) }
        note(unsafe sqlite3_bind_int64(handle, index, value))
    }

    /// Lives for ever, so nothing is copied.
    func bind(_ text: StaticString, at index: Int32) {
        text.withUTF8Buffer { bytes in
            let start = unsafe UnsafeRawPointer(bytes.baseAddress)?.assumingMemoryBound(to: CChar.self)
            note(unsafe sqlite3_bind_text(handle, index, start, Int32(bytes.count), nil))
        }
    }

    func bind(_ text: String?, at index: Int32) {
        guard var text else { return bindNull(at: index) }
        text.withUTF8 { bytes in
            unsafe bytes.withMemoryRebound(to: CChar.self) { characters in
                unsafe bindText(characters, at: index)
            }
        }
    }

    func bindText(_ bytes: [UInt8]?, at index: Int32) {
        guard let bytes else { return bindNull(at: index) }
        unsafe bytes.withUnsafeBufferPointer { bytes in
            unsafe bytes.withMemoryRebound(to: CChar.self) { characters in
                unsafe bindText(characters, at: index)
            }
        }
    }

    func bindForeignText(_ bytes: [UInt8]?, at index: Int32) { bindText(bytes, at: index) }

    private func bindText(_ characters: UnsafeBufferPointer<CChar>, at index: Int32) {
        // No pointer means NULL to SQLite, and an empty buffer may have none.
        guard let start = characters.baseAddress else { return bind("" as StaticString, at: index) }
        note(unsafe godwit_bind_text_copy(handle, index, start, Int32(characters.count)))
    }
}

// MARK: - Columns of the current row, numbered from 0

extension SQLiteStatement {
    func isNull(_ column: Int32) -> Bool { unsafe sqlite3_column_type(handle, column) == SQLITE_NULL }

    func integer(_ column: Int32) -> Int64 { unsafe sqlite3_column_int64(handle, column) }

    func text(_ column: Int32) -> String { unsafe withText(column) { unsafe String(decoding: $0, as: UTF8.self) } }

    func textBytes(_ column: Int32) -> [UInt8] { unsafe withText(column) { unsafe [UInt8]($0) } }

    func bytes(_ column: Int32) -> [UInt8] {
        let start = unsafe sqlite3_column_blob(handle, column)
        let count = Int(unsafe sqlite3_column_bytes(handle, column))
        return unsafe [UInt8](UnsafeRawBufferPointer(start: start, count: count))
    }

    private func withText<Value>(_ column: Int32, _ body: (UnsafeBufferPointer<UInt8>) -> Value) -> Value {
        let start = unsafe sqlite3_column_text(handle, column)
        let count = Int(unsafe sqlite3_column_bytes(handle, column))
        return unsafe body(UnsafeBufferPointer(start: start, count: start == nil ? 0 : count))
    }
}
