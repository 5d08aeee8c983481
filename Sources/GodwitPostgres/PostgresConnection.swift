import CPostgres
import GodwitCore

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// One connection to a server, with deadlines: nothing waits for ever on a database that went away.
///
/// Whoever owns it makes sure that one thread uses it at a time. After a failure that says `isConnectionLost` it is of no more use.
@safe final class PostgresConnection {
    private let handle: OpaquePointer
    /// For one answer of the server.
    private let patience: Duration
    private var prepared: [ObjectIdentifier: String] = [:]
    /// Of the next prepared statement's name.
    private var number = 0
    private(set) var isLost = false

    /// - Parameters:
    ///   - address: a `postgres://` address as libpq reads it (PostgreSQL's documentation, "Connection URIs").
    ///   - patience: for connecting, and for each answer.
    init(to address: String, patience: Duration) throws(PostgresError) {
        self.patience = patience
        let handle = unsafe Self.begin(address)
        guard let handle = unsafe handle else { throw .lost("not enough memory for a connection") }
        unsafe self.handle = handle
        try connect()
    }

    deinit { unsafe PQfinish(handle) }

    private static func begin(_ address: String) -> OpaquePointer? {
        // The last of equal names wins: what the address says stands, but for how we send texts.
        let settings: [(String, String)] = [
            ("application_name", "godwit"), ("keepalives_idle", "5"), ("keepalives_interval", "2"), ("keepalives_count", "3"),
            ("tcp_user_timeout", "10000"), ("dbname", address), ("client_encoding", "UTF8"),
        ]
        var names = unsafe settings.map { unsafe UnsafePointer(strdup($0.0)) as UnsafePointer<CChar>? }
        var values = unsafe settings.map { unsafe UnsafePointer(strdup($0.1)) as UnsafePointer<CChar>? }
        defer {
            for unsafetext in unsafe names + values { unsafe free(UnsafeMutablePointer(mutating: text)) }
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
        guard unsafe PQsetnonblocking(handle, 1) == 0, unsafe PQenterPipelineMode(handle) == 1 else { throw lost() }
    }

    /// What libpq says of the connection's end, on one line. Names a host and a user, never a password.
    private func lost() -> PostgresError {
        isLost = true
        let text = unsafe String(cString: PQerrorMessage(handle))
        return .lost(text.split(separator: "\n").joined(separator: " "))
    }

    private func wait(for events: Int16, until deadline: ContinuousClock.Instant) throws(PostgresError) {
        var watched = pollfd(fd: unsafe PQsocket(handle), events: events, revents: 0)
        while true {
            let left = deadline - .now
            guard left > .zero else {
                isLost = true
                throw .lost("the database did not answer within \(patience.components.seconds) s")
            }
            let milliseconds = Int32(clamping: left.wholeMilliseconds + 1)
            let ready = unsafe poll(&watched, 1, milliseconds)
            if ready > 0 { return }
            if ready < 0, errno != EINTR { throw lost() }
        }
    }
}

// MARK: - Statements

extension PostgresConnection {
    /// Sends all, then waits once, however many there are: one round trip. Outside a transaction they are one of their own.
    ///
    /// - Returns: one answer for each.
    /// - Throws: what the first that failed said; then none of them counts, and those behind it were not tried.
    func run(_ statements: [any PostgresStatement]) throws(PostgresError) -> [PostgresRows] {
        guard !isLost else { throw .lost("the connection was lost") }
        var expected: [Expected] = []
        for statement in statements {
            let key = ObjectIdentifier(type(of: statement))
            let name = prepared[key] ?? "g\(number)"
            if prepared[key] == nil {
                number += 1
                prepared[key] = name
                try check(unsafe PQsendPrepare(handle, name, type(of: statement).sql, 0, nil))
                expected.append(.preparation(key))
            }
            try send(statement.parameters, to: name)
            expected.append(.rows)
        }
        try check(unsafe PQpipelineSync(handle))
        return try answers(expected)
    }

    func run(_ statement: some PostgresStatement) throws(PostgresError) -> PostgresRows { try run([statement])[0] }

    private enum Expected {
        case preparation(ObjectIdentifier)
        case rows
    }

    private func send(_ parameters: PostgresParameters, to name: String) throws(PostgresError) {
        let count = parameters.ranges.count
        let lengths = parameters.ranges.map { Int32($0?.count ?? 0) }
        let formats = [Int32](repeating: 1, count: count)
        // libpq copies what it is given before it returns.
        let sent = unsafe parameters.bytes.withUnsafeBufferPointer { bytes in
            let empty: [UInt8] = [0]
            return unsafe empty.withUnsafeBufferPointer { empty in
                let values = unsafe parameters.ranges.map { range -> UnsafePointer<CChar>? in
                    guard let range else { return nil }
                    let start = unsafe range.isEmpty ? empty.baseAddress : bytes.baseAddress?.advanced(by: range.lowerBound)
                    return unsafe UnsafeRawPointer(start)?.assumingMemoryBound(to: CChar.self)
                }
                return unsafe PQsendQueryPrepared(handle, name, Int32(count), values, lengths, formats, 1)
            }
        }
        try check(sent)
    }

    private func check(_ sent: Int32) throws(PostgresError) {
        guard sent == 1 else { throw lost() }
    }

    private func answers(_ expected: [Expected]) throws(PostgresError) -> [PostgresRows] {
        var answers: [PostgresRows] = []
        var failure: PostgresError?
        let deadline = ContinuousClock.now + patience
        for expected in expected {
            let result = unsafe try nextResult(until: deadline)
            let rows = unsafe PostgresRows(result)
            switch unsafe PQresultStatus(result) {
            case PGRES_COMMAND_OK, PGRES_TUPLES_OK:
                if case .rows = expected { answers.append(rows) }
            case let status:
                if case .preparation(let key) = expected { prepared[key] = nil }
                if status != PGRES_PIPELINE_ABORTED { failure = failure ?? (unsafe PostgresError(result)) }
            }
            withExtendedLifetime(rows) {}
            try endOfResult(until: deadline)
        }
        let synced = unsafe try nextResult(until: deadline)
        let isSync = unsafe PQresultStatus(synced) == PGRES_PIPELINE_SYNC
        unsafe PQclear(synced)
        guard isSync else { throw lost() }
        guard let failure else { return answers }
        if failure.isConnectionLost { isLost = true }
        throw failure
    }

    private func nextResult(until deadline: ContinuousClock.Instant) throws(PostgresError) -> OpaquePointer {
        try flush(until: deadline)
        while unsafe PQisBusy(handle) == 1 {
            try wait(for: Int16(POLLIN), until: deadline)
            guard unsafe PQconsumeInput(handle) == 1 else { throw lost() }
        }
        guard let result = unsafe PQgetResult(handle) else { throw lost() }
        return unsafe result
    }

    /// Behind each answer but the last comes none.
    private func endOfResult(until deadline: ContinuousClock.Instant) throws(PostgresError) {
        while unsafe PQisBusy(handle) == 1 {
            try wait(for: Int16(POLLIN), until: deadline)
            guard unsafe PQconsumeInput(handle) == 1 else { throw lost() }
        }
        if let extra = unsafe PQgetResult(handle) {
            unsafe PQclear(extra)
            throw lost()
        }
    }

    /// Reads while it writes: a server whose answers nobody reads stops reading what it is sent.
    private func flush(until deadline: ContinuousClock.Instant) throws(PostgresError) {
        while true {
            switch unsafe PQflush(handle) {
            case 0: return
            case 1:
                try wait(for: Int16(POLLIN | POLLOUT), until: deadline)
                guard unsafe PQconsumeInput(handle) == 1 else { throw lost() }
            default: throw lost()
            }
        }
    }
}
