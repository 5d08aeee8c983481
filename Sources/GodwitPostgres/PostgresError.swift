#if Postgres
import CPostgres
import GodwitStore

/// What the server, or the way to it, said. Texts name tables and columns, never values.
struct PostgresError: Error, Hashable {
    /// Five characters (PostgreSQL's documentation, "Error Codes"); empty when the server said nothing: the connection is gone, or
    /// the time was over.
    let state: String
    let message: String

    /// Nothing can be sent on this connection any more.
    var isConnectionLost: Bool { state.isEmpty || state.hasPrefix("08") || state.hasPrefix("57P") }

    /// The transaction may succeed when it is tried again as a whole, at once. Not one that has waited for a lock in vain: whoever
    /// asked has waited long enough to be told so.
    var isWorthRetrying: Bool { state == "40001" || state == "40P01" || state == "23505" }

    /// No trial helps.
    static func unusable(_ message: String) -> PostgresError { PostgresError(state: "0A000", message: message) }

    static func lost(_ message: String) -> PostgresError { PostgresError(state: "", message: message) }

    init(state: String, message: String) {
        self.state = state
        self.message = message
    }

    init(_ result: OpaquePointer) {
        func field(_ code: CChar) -> String {
            guard let text = unsafe PQresultErrorField(result, Int32(code)) else { return "" }
            return unsafe String(cString: text)
        }
        self.init(state: field(godwit_diagnostic_sqlstate), message: field(godwit_diagnostic_message))
    }
}

extension StoreError {
    static var closed: StoreError { StoreError(.unavailable, "the store is closed") }

    init(_ error: PostgresError) {
        let code: Code =
            switch error.state.prefix(2) {
            case "23": error.state == "23505" ? .conflict : .unusable
            // Disk full; memory, connections and configured limits come back.
            case "53": error.state == "53100" ? .full : .unavailable
            case "", "08", "25", "40", "55", "57", "58": .unavailable
            default: .unusable
            }
        self.init(code, error.message)
    }
}
#endif
