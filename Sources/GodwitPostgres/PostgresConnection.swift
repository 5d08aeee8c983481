#if Postgres
import CPostgres
package import GodwitCore

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// One connection to a server, with deadlines: nothing waits for ever on a database that went away.
///
/// Whoever owns it makes sure that one thread uses it at a time. After a failure that says `isConnectionLost` it is of no more use.
@safe package final class PostgresConnection {
    let handle: OpaquePointer
    /// For one answer of the server.
    var patience: Duration
    /// Names of the statements that this connection knows.
    var prepared: [ObjectIdentifier: String] = [:]
    /// Texts of statements that are sent with each use.
    var texts: [ObjectIdentifier: String] = [:]
    /// A pooler such as PgBouncer stands between: sessions change from one transaction to the next.
    private(set) var isPooled = false
    let address: String
    var queue = PostgresQueue()
    /// How often its answers were waited for.
    var roundTrips = 0
    /// The open transaction's number, as the server knows it.
    var transaction: String?
    /// The server's, in which that was begun.
    var timeline: Int64?
    /// Its end was asked for: it may have been carried out.
    var isCommitting = false
    /// Of the next prepared statement's name.
    private var number = 0
    var isLost = false
    /// It was lost because the server said nothing for as long as we have patience.
    private(set) var isSilent = false
    /// The last failure may not happen again.
    var isWorthRetrying = false
    /// What the open transaction has counted so far.
    package var ledger = StatisticsLedger()

    /// - Parameters:
    ///   - address: a `postgres://` address as libpq reads it (PostgreSQL's documentation, "Connection URIs").
    ///   - patience: for connecting, and for each answer.
    ///   - sessions: which servers will do, unless the address says it.
    init(to address: String, patience: Duration, sessions: Sessions = .writable) throws(PostgresError) {
        self.address = address
        self.patience = patience
        let handle = unsafe Self.begin(address, sessions)
        guard let handle = unsafe handle else { throw .lost("not enough memory for a connection") }
        unsafe self.handle = handle
        try connect()
    }

    deinit { unsafe PQfinish(handle) }

    /// libpq's `target_session_attrs`.
    enum Sessions: String {
        /// A primary; one that has become a replica, or is to be read only, is passed over.
        case writable = "read-write"
        case any
    }

    /// Between BEGIN and its end, also when a failure has spoilt it.
    package var isInTransaction: Bool { unsafe !isLost && (!queue.isEmpty || PQtransactionStatus(handle) != PQTRANS_IDLE) }

    func nextName() -> String {
        number += 1
        return "g\(number)"
    }

    private static func begin(_ address: String, _ sessions: Sessions) -> OpaquePointer? {
        // The last of equal names wins: what the address says stands, but for how we send texts.
        let settings: [(String, String)] = [
            ("application_name", "godwit"), ("keepalives_idle", "5"), ("keepalives_interval", "2"), ("keepalives_count", "3"),
            ("tcp_user_timeout", "10000"), ("target_session_attrs", sessions.rawValue),
            ("dbname", address), ("client_encoding", "UTF8"),
        ]
        var names = unsafe settings.map { unsafe UnsafePointer(strdup($0.0)) as UnsafePointer<CChar>? }
        var values = unsafe settings.map { unsafe UnsafePointer(strdup($0.1)) as UnsafePointer<CChar>? }
        defer {
            for index in unsafe names.indices.dropLast() { unsafe free(UnsafeMutablePointer(mutating: names[index])) }
            for index in unsafe values.indices.dropLast() { unsafe free(UnsafeMutablePointer(mutating: values[index])) }
        }
        unsafe names.append(nil)
        unsafe values.append(nil)
        return unsafe PQconnectStartParams(names, values, 1)
    }

    private func connect() throws(PostgresError) {
        let deadline = ContinuousClock.now + patience
        var wanted = unsafe PQstatus(handle) == CONNECTION_BAD ? PGRES_POLLING_FAILED : PGRES_POLLING_WRITING
        while wanted != PGRES_POLLING_OK {
            switch wanted {
            case PGRES_POLLING_READING: try wait(for: Int16(POLLIN), until: deadline)
            case PGRES_POLLING_WRITING: try wait(for: Int16(POLLOUT), until: deadline)
            default: throw lost()
            }
            wanted = unsafe PQconnectPoll(handle)
        }
        unsafe godwit_ignore_notices(handle)
        guard unsafe PQsetnonblocking(handle, 1) == 0, unsafe PQenterPipelineMode(handle) == 1 else { throw lost() }
        try judgeServer()
        // A pooler hands out numbers of its own.
        isPooled = true
        isPooled = try run([PostgresRequest.sessionNumber])[0][0].integer(0) != Int64(unsafe PQbackendPID(handle))
        if !isPooled { _ = try run([PostgresRequest.sessionSettings]) }
    }

    /// Number of the server's process, as a cancellation would name it.
    var processNumber: Int64 { Int64(unsafe PQbackendPID(handle)) }

    private func judgeServer() throws(PostgresError) {
        let version = Int(unsafe PQserverVersion(handle))
        guard version >= Self.oldestVersion else {
            throw .unusable(
                "the server is PostgreSQL \(version / 10_000); godwit needs \(Self.oldestVersion / 10_000) or newer")
        }
        guard let name = unsafe PQparameterStatus(handle, "server_encoding") else { return }
        let encoding = unsafe String(cString: name)
        guard encoding == "UTF8" else {
            throw .unusable("the database's encoding is \(encoding); godwit needs one that was created with ENCODING 'UTF8'")
        }
    }

    private static let oldestVersion = 130_000

    /// What libpq says of the connection's end, on one line. Names a host and a user, never a password.
    func lost() -> PostgresError {
        isLost = true
        let text = unsafe String(cString: PQerrorMessage(handle))
        return .lost(text.split(separator: "\n").joined(separator: " "))
    }

    func wait(for events: Int16, until deadline: ContinuousClock.Instant) throws(PostgresError) {
        var watched = pollfd(fd: unsafe PQsocket(handle), events: events, revents: 0)
        while true {
            let left = deadline - .now
            guard left > .zero else {
                isLost = true
                isSilent = true
                throw .lost("the database did not answer within \(patience.components.seconds) s")
            }
            let milliseconds = Int32(clamping: left.wholeMilliseconds + 1)
            let ready = unsafe poll(&watched, 1, milliseconds)
            if ready > 0 { return }
            if ready < 0, errno != EINTR { throw lost() }
        }
    }

    /// Returns when the server says something, or the span is over. What it says doesn't matter.
    func awaitNotification(atMost span: Duration) {
        if !hasNotification() {
            var watched = pollfd(fd: unsafe PQsocket(handle), events: Int16(POLLIN), revents: 0)
            _ = unsafe poll(&watched, 1, Int32(clamping: span.wholeMilliseconds))
        }
        if unsafe PQconsumeInput(handle) != 1 { isLost = true }
        while hasNotification() {}
    }

    private func hasNotification() -> Bool {
        guard let notification = unsafe PQnotifies(handle) else { return false }
        unsafe PQfreemem(notification)
        return true
    }

    /// The thread does nothing meanwhile.
    func pause(_ duration: Duration) { _ = poll(nil, 0, Int32(clamping: duration.wholeMilliseconds)) }
}
#endif
