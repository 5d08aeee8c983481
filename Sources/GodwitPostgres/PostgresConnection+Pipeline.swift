#if Postgres
import CPostgres

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// What is sent to the server: a prepared statement with its parameters, or one that is prepared for it.
struct PostgresRequest {
    /// Which statement it is; prepared once for each connection.
    let key: ObjectIdentifier
    let sql: () -> String
    let parameters: PostgresParameters

    static var sessionNumber: PostgresRequest {
        enum Key {}
        return PostgresRequest(
            key: ObjectIdentifier(Key.self), sql: { "SELECT pg_backend_pid()" }, parameters: PostgresParameters())
    }

    static var sessionSettings: PostgresRequest {
        enum Key {}
        let sql = "SELECT \(PlannerSettings.text(isLocal: false))"
        return PostgresRequest(key: ObjectIdentifier(Key.self), sql: { sql }, parameters: PostgresParameters())
    }
}

extension PostgresConnection {
    /// Sends all, then waits once, however many there are: one round trip. Outside a transaction they are one of their own.
    ///
    /// - Returns: one answer for each.
    /// - Throws: what the first that failed said; then none of them counts, and those behind it were not tried.
    func run(_ requests: [PostgresRequest]) throws(PostgresError) -> [PostgresRows] {
        guard !isLost else { throw .lost("the connection was lost") }
        var expected: [Expected] = []
        for request in requests {
            if isPooled {
                try send(request.parameters, to: .text(text(of: request)))
            } else {
                let name = prepared[request.key] ?? nextName()
                if prepared[request.key] == nil {
                    prepared[request.key] = name
                    try check(
                        unsafe PQsendPrepare(
                            handle, name, text(of: request), Int32(request.parameters.types.count), request.parameters.types))
                    expected.append(.preparation(request.key))
                }
                try send(request.parameters, to: .prepared(name))
            }
            expected.append(.rows)
        }
        try check(unsafe PQpipelineSync(handle))
        roundTrips += 1
        return try answers(expected)
    }

    private enum Expected {
        case preparation(ObjectIdentifier)
        case rows
    }

    private enum Target {
        case prepared(String)
        /// Planned each time: with a pooler between, the next transaction may meet a session that was prepared for nothing.
        case text(String)
    }

    private func text(of request: PostgresRequest) -> String {
        if let text = texts[request.key] { return text }
        let text = request.sql()
        if isPooled { texts[request.key] = text }
        return text
    }

    private func send(_ parameters: PostgresParameters, to target: Target) throws(PostgresError) {
        let count = parameters.ranges.count
        let lengths = parameters.ranges.map { Int32($0?.count ?? 0) }
        let formats = [Int32](repeating: 1, count: count)
        // An empty value is not NULL, so it needs an address as well.
        let bytes = parameters.bytes.isEmpty ? [0] : parameters.bytes
        // libpq copies what it is given before it returns.
        let sent = unsafe bytes.withUnsafeBufferPointer { bytes in
            let values = unsafe parameters.ranges.map { range -> UnsafePointer<CChar>? in
                guard let range else { return nil }
                let start = unsafe bytes.baseAddress?.advanced(by: range.lowerBound)
                return unsafe UnsafeRawPointer(start)?.assumingMemoryBound(to: CChar.self)
            }
            return switch target {
            case .prepared(let name):
                unsafe PQsendQueryPrepared(handle, name, Int32(count), values, lengths, formats, 1)
            case .text(let text):
                unsafe PQsendQueryParams(handle, text, Int32(count), parameters.types, values, lengths, formats, 1)
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
        if failure.isWorthRetrying { isWorthRetrying = true }
        throw failure
    }

    private func nextResult(until deadline: ContinuousClock.Instant) throws(PostgresError) -> OpaquePointer {
        try flush(until: deadline)
        try awaitResult(until: deadline)
        guard let result = unsafe PQgetResult(handle) else { throw lost() }
        return unsafe result
    }

    /// Behind each answer comes none.
    private func endOfResult(until deadline: ContinuousClock.Instant) throws(PostgresError) {
        try awaitResult(until: deadline)
        if let extra = unsafe PQgetResult(handle) {
            unsafe PQclear(extra)
            throw lost()
        }
    }

    private func awaitResult(until deadline: ContinuousClock.Instant) throws(PostgresError) {
        while unsafe PQisBusy(handle) == 1 {
            try wait(for: Int16(POLLIN), until: deadline)
            guard unsafe PQconsumeInput(handle) == 1 else { throw lost() }
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

    /// Several statements without parameters, one after the other.
    func run(script: String) throws(PostgresError) {
        guard !isLost else { throw .lost("the connection was lost") }
        guard unsafe PQexitPipelineMode(handle) == 1 else { throw lost() }
        try check(unsafe PQsendQuery(handle, script))
        let deadline = ContinuousClock.now + patience
        var failure: PostgresError?
        try flush(until: deadline)
        while true {
            try awaitResult(until: deadline)
            guard let result = unsafe PQgetResult(handle) else { break }
            if unsafe PQresultStatus(result) == PGRES_FATAL_ERROR { failure = failure ?? (unsafe PostgresError(result)) }
            unsafe PQclear(result)
        }
        guard unsafe PQenterPipelineMode(handle) == 1 else { throw lost() }
        guard let failure else { return }
        if failure.isWorthRetrying { isWorthRetrying = true }
        throw failure
    }
}
#endif
