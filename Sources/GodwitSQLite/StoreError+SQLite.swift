import CSQLite
import GodwitStore

extension StoreError {
    /// What the database says about its last failure. Its texts name tables and columns, never values.
    init(_ result: Int32, of database: OpaquePointer) {
        let text = unsafe String(cString: sqlite3_errmsg(database))
        let systemError = unsafe sqlite3_system_errno(database)
        self.init(Self.code(ofResult: result, systemError: systemError), text)
    }

    init(resultCode: Int32) {
        self.init(Self.code(ofResult: resultCode, systemError: 0), unsafe String(cString: sqlite3_errstr(resultCode)))
    }

    private static func code(ofResult result: Int32, systemError: Int32) -> Code {
        // The low byte is the primary code.
        switch result & 0xFF {
        case SQLITE_FULL, SQLITE_TOOBIG: .full
        case SQLITE_IOERR: SystemError.isOutOfSpace(systemError) ? .full : .unavailable
        case SQLITE_CONSTRAINT:
            // A CHECK or NOT NULL that fails is a mistake of this program.
            result == godwit_constraint_unique || result == godwit_constraint_primary_key ? .conflict : .unusable
        case SQLITE_NOTADB, SQLITE_CORRUPT, SQLITE_ERROR, SQLITE_MISMATCH, SQLITE_RANGE, SQLITE_SCHEMA: .unusable
        default: .unavailable
        }
    }
}
