#if Postgres
import GodwitCore
package import GodwitSQL
package import GodwitStore

extension PostgresConnection: SQLConnection {
    /// Nodes of a cluster, and commands beside them.
    package static var isShared: Bool { true }

    package func runLater<Statement: SQLStatement>(
        _ statement: Statement, _ note: @escaping (Int) -> Void
    ) throws(StoreError) {
        try later(request(statement)) { note($0.affected) }
    }

    func later(_ request: PostgresRequest, _ note: @escaping (PostgresRows) -> Void) throws(StoreError) {
        waiting.append((request, note))
        waitingBytes += request.parameters.bytes.count
        if waiting.count >= Limits.pipelinedStatements || waitingBytes >= Limits.pipelinedBytes { try flush() }
    }

    package func flush() throws(StoreError) {
        if !waiting.isEmpty { _ = try answers([]) }
    }

    @discardableResult
    package func run<Statement: SQLStatement>(_ statement: Statement) throws(StoreError) -> Int {
        try one(statement).affected
    }

    package func all<Statement: SQLStatement>(_ statement: Statement) throws(StoreError) -> [Statement.Row] {
        try decode(one(statement), as: Statement.self)
    }

    package func first<Statement: SQLStatement>(_ statement: Statement) throws(StoreError) -> Statement.Row? {
        let rows = try one(statement)
        return rows.count == 0 ? nil : try Statement.decode(rows[0])
    }

    /// By a cursor, since the answer may be far longer than what is wanted of it.
    package func rows<Statement: SQLStatement>(
        _ statement: Statement, until isLast: (Statement.Row) -> Bool
    ) throws(StoreError) -> [Statement.Row] {
        let isAlone = !isInTransaction
        let begin = isAlone ? [request(BeginReading())] : []
        let end = [request(CloseCursor())] + (isAlone ? [request(EndReading())] : [])
        do throws(StoreError) {
            var answer = try answers(begin + [cursor(of: statement), request(FetchRows())])
            var wanted: [Statement.Row] = []
            reading: while let fetched = answer.last, fetched.count > 0 {
                for index in 0..<fetched.count {
                    let row = try Statement.decode(fetched[index])
                    wanted.append(row)
                    if isLast(row) { break reading }
                }
                guard fetched.count == FetchRows.count else { break }
                answer = try answers([request(FetchRows())])
            }
            _ = try answers(end)
            return wanted
        } catch {
            if isAlone, isInTransaction { _ = try? answers([request(AbandonReading())]) }
            throw error
        }
    }

    /// Constants only, without parameters.
    func execute(_ script: String) throws(StoreError) {
        try flush()
        do throws(PostgresError) { try run(script: script) } catch { throw StoreError(error) }
    }

    private func one(_ statement: some SQLStatement) throws(StoreError) -> PostgresRows { try answers([request(statement)])[0] }

    /// After what was to be run later, in one round trip.
    func answers(_ requests: [PostgresRequest]) throws(StoreError) -> [PostgresRows] {
        let earlier = waiting
        forgetWaiting()
        let rows: [PostgresRows]
        do throws(PostgresError) { rows = try run(earlier.map(\.request) + requests) } catch { throw StoreError(error) }
        for (statement, rows) in zip(earlier, rows) { statement.note(rows) }
        return Array(rows.dropFirst(earlier.count))
    }

    func forgetWaiting() {
        waiting = []
        waitingBytes = 0
    }

    private func decode<Statement: SQLStatement>(
        _ rows: PostgresRows, as type: Statement.Type
    ) throws(StoreError) -> [Statement.Row] {
        var decoded: [Statement.Row] = []
        decoded.reserveCapacity(rows.count)
        for index in 0..<rows.count { decoded.append(try type.decode(rows[index])) }
        return decoded
    }

    func request<Statement: SQLStatement>(_ statement: Statement) -> PostgresRequest {
        let parameters = PostgresParameters()
        statement.bind(to: parameters)
        if Statement.largeValueIndex > 0 { parameters.bindBytes(statement.largeValue, at: Statement.largeValueIndex) }
        return PostgresRequest(
            key: ObjectIdentifier(Statement.self), sql: { PostgreSQLText.qualify(Statement.postgreSQL) }, parameters: parameters
        )
    }

    private func cursor<Statement: SQLStatement>(of statement: Statement) -> PostgresRequest {
        let plain = request(statement)
        return PostgresRequest(
            key: ObjectIdentifier(Cursor<Statement>.self),
            sql: { "DECLARE page NO SCROLL CURSOR FOR \(PostgreSQLText.qualify(Statement.postgreSQL))" },
            parameters: plain.parameters)
    }
}

/// Which statement a cursor is for.
private enum Cursor<Statement: SQLStatement> {}

private struct BeginReading: PlainStatement { static let sql = "BEGIN READ ONLY" }
private struct EndReading: PlainStatement { static let sql = "COMMIT" }
private struct AbandonReading: PlainStatement { static let sql = "ROLLBACK" }
private struct CloseCursor: PlainStatement { static let sql = "CLOSE page" }

private struct FetchRows: PlainStatement {
    static let count = 32
    static let sql = "FETCH 32 FROM page"
}
#endif
