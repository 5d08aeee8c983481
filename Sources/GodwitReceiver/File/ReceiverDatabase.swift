import CSQLite

/// A connection and its prepared statements. One thread at a time; `ReceiverFile` sees to that.
@safe final class ReceiverDatabase {
    private let handle: OpaquePointer
    private var statements: [String: OpaquePointer] = unsafe [:]

    init(path: String) throws(ReceiverFileError) {
        var opened: OpaquePointer?
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
        let result = unsafe sqlite3_open_v2(path, &opened, flags, nil)
        guard let opened = unsafe opened else { throw ReceiverFileError(result, "out of memory") }
        unsafe handle = opened
        guard result == SQLITE_OK else {
            let error = failure(result)
            _ = unsafe sqlite3_close_v2(opened)
            throw error
        }
    }

    deinit {
        finalizeStatements()
        _ = unsafe sqlite3_close_v2(handle)
    }

    func setBusyTimeout(milliseconds: Int) { unsafe sqlite3_busy_timeout(handle, Int32(milliseconds)) }

    func execute(_ script: String) throws(ReceiverFileError) {
        let result = unsafe sqlite3_exec(handle, script, nil, nil, nil)
        guard result == SQLITE_OK else { throw failure(result) }
    }

    var isInTransaction: Bool { unsafe sqlite3_get_autocommit(handle) == 0 }

    /// Rows that the last statement changed.
    var changes: Int { Int(unsafe sqlite3_changes(handle)) }

    func query(_ sql: String, _ parameters: [SQLValue]) throws(ReceiverFileError) -> [[SQLValue]] {
        let statement = unsafe try prepared(sql)
        defer {
            _ = unsafe sqlite3_reset(statement)
            _ = unsafe sqlite3_clear_bindings(statement)
        }
        guard unsafe Int(sqlite3_bind_parameter_count(statement)) == parameters.count else {
            throw ReceiverFileError(SQLITE_RANGE, "the statement has another number of parameters")
        }
        for index in 1...max(1, Int32(parameters.count)) where !parameters.isEmpty {
            let number = unsafe Self.parameterNumber(index, of: statement)
            guard parameters.indices.contains(number - 1) else {
                throw ReceiverFileError(SQLITE_RANGE, "the statement has no parameter \(number)")
            }
            let result = unsafe Self.bind(parameters[number - 1], index, statement)
            guard result == SQLITE_OK else { throw failure(result) }
        }
        var rows: [[SQLValue]] = []
        while true {
            switch unsafe sqlite3_step(statement) {
            case SQLITE_ROW:
                let count = unsafe sqlite3_column_count(statement)
                rows.append((0..<count).map { unsafe Self.column($0, of: statement) })
            case SQLITE_DONE: return rows
            case let result: throw failure(result)
            }
        }
    }

    private func prepared(_ sql: String) throws(ReceiverFileError) -> OpaquePointer {
        if let statement = unsafe statements[sql] { return unsafe statement }
        // Nobody uses one now: each is run to its end at once.
        if unsafe statements.count >= ReceiverLimits.preparedStatements { finalizeStatements() }
        let (result, made, hasMore) = unsafe sql.withCString { text in
            var made: OpaquePointer?
            var rest: UnsafePointer<CChar>?
            let result = unsafe sqlite3_prepare_v3(handle, text, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &made, &rest)
            return unsafe (result, made, rest.map { unsafe hasStatement($0) } ?? false)
        }
        guard result == SQLITE_OK else { throw failure(result) }
        guard let made = unsafe made else { throw ReceiverFileError(SQLITE_MISUSE, "there is no statement") }
        guard !hasMore else {
            _ = unsafe sqlite3_finalize(made)
            throw ReceiverFileError(SQLITE_MISUSE, "there is more than one statement, and only the first would run")
        }
        unsafe statements[sql] = made
        return unsafe made
    }

    /// Whether there is more than white space and comments.
    private func hasStatement(_ text: UnsafePointer<CChar>) -> Bool {
        guard unsafe text.pointee != 0 else { return false }
        var made: OpaquePointer?
        let result = unsafe sqlite3_prepare_v2(handle, text, -1, &made, nil)
        defer { _ = unsafe sqlite3_finalize(made) }
        return unsafe result != SQLITE_OK || made != nil
    }

    private func finalizeStatements() {
        unsafe statements.values.forEach { _ = unsafe sqlite3_finalize($0) }
        unsafe statements = [:]
    }

    /// `$2` is the second parameter wherever it stands, as in PostgreSQL; to SQLite it is a name like any other.
    private static func parameterNumber(_ index: Int32, of statement: OpaquePointer) -> Int {
        guard let name = unsafe sqlite3_bind_parameter_name(statement, index) else { return Int(index) }
        return Int(unsafe String(cString: name).dropFirst()) ?? Int(index)
    }

    private static func bind(_ value: SQLValue, _ index: Int32, _ statement: OpaquePointer) -> Int32 {
        switch value {
        case .null: return unsafe sqlite3_bind_null(statement, index)
        case .integer(let number): return unsafe sqlite3_bind_int64(statement, index, number)
        case .real(let number): return unsafe sqlite3_bind_double(statement, index, number)
        case .text(let text):
            guard text.utf8.count <= Int32.max else { return SQLITE_TOOBIG }
            return unsafe godwit_bind_text_copy(statement, index, text, Int32(text.utf8.count))
        case .blob(let bytes):
            guard bytes.count <= Int32.max else { return SQLITE_TOOBIG }
            guard !bytes.isEmpty else { return unsafe sqlite3_bind_zeroblob(statement, index, 0) }
            return unsafe bytes.withUnsafeBytes { bytes in
                unsafe godwit_bind_blob_copy(statement, index, bytes.baseAddress, Int32(bytes.count))
            }
        }
    }

    private static func column(_ index: Int32, of statement: OpaquePointer) -> SQLValue {
        switch unsafe sqlite3_column_type(statement, index) {
        case SQLITE_INTEGER: return .integer(unsafe sqlite3_column_int64(statement, index))
        case SQLITE_FLOAT: return .real(unsafe sqlite3_column_double(statement, index))
        case SQLITE_NULL: return .null
        case let type:
            // The pointer first: asking for the size first may convert, and move, what it points to.
            let start = unsafe sqlite3_column_blob(statement, index)
            let count = Int(unsafe sqlite3_column_bytes(statement, index))
            let bytes = unsafe [UInt8](UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : count))
            return type == SQLITE_TEXT ? .text(String(decoding: bytes, as: UTF8.self)) : .blob(bytes)
        }
    }

    private func failure(_ result: Int32) -> ReceiverFileError {
        ReceiverFileError(result, unsafe String(cString: sqlite3_errmsg(handle)))
    }
}

/// A value of an SQLite column or parameter.
public enum SQLValue: Hashable, Sendable {
    /// NULL.
    case null
    /// INTEGER.
    case integer(Int64)
    /// REAL.
    case real(Double)
    /// TEXT.
    case text(String)
    /// BLOB.
    case blob([UInt8])

    /// The number; nil for any other kind.
    public var integer: Int64? { if case .integer(let number) = self { number } else { nil } }
    /// The text; nil for any other kind.
    public var text: String? { if case .text(let text) = self { text } else { nil } }
    /// The bytes; nil for any other kind.
    public var blob: [UInt8]? { if case .blob(let bytes) = self { bytes } else { nil } }
}

/// What SQLite says.
public struct ReceiverFileError: Error, Hashable, Sendable, CustomStringConvertible {
    /// SQLite's extended result code.
    public let code: Int32
    /// For people. Names tables and columns, never values.
    public let description: String

    init(_ code: Int32, _ description: String) {
        self.code = code
        self.description = description
    }
}
