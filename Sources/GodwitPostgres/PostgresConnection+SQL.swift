#if Postgres
import GodwitCore
package import GodwitSQL
package import GodwitStore

extension PostgresConnection: SQLConnection {
    /// Nodes of a cluster, and commands beside them.
    package static var isShared: Bool { true }

    package func runLater<Statement: SQLStatement>(
        _ statement: Statement, _ note: ((Int) -> Void)?
    ) throws(StoreError) {
        try later(PostgresRequest(statement), isAwaited: note != nil) { note?($0.affected) }
    }

    package func runInBatch<Statement: BatchedStatement>(
        _ statement: Statement, _ note: ((Int) -> Void)?
    ) throws(StoreError) {
        queue.add(statement, note)
        if queue.isFull { try flush() }
    }

    package func allLater<Statement: SQLStatement>(
        _ statement: Statement, _ note: @escaping ([Statement.Row]) throws(StoreError) -> Void
    ) throws(StoreError) {
        try later(PostgresRequest(statement), isAwaited: true) { rows throws(StoreError) in
            try note(rows.decoded(as: Statement.self))
        }
    }

    package func allLater<Statement: BatchedQuery>(
        _ statements: [Statement], _ note: @escaping ([Statement.Row]) throws(StoreError) -> Void
    ) throws(StoreError) {
        guard statements.count > 1 else {
            guard let single = statements.first else { return try note([]) }
            return try allLater(single, note)
        }
        var found: [Statement.Row] = []
        for start in stride(from: 0, to: statements.count, by: Limits.batchedRows) {
            let columns = PostgresColumns()
            let end = min(start + Limits.batchedRows, statements.count)
            for statement in statements[start..<end] { columns.add(statement) }
            let request = PostgresRequest(
                key: ObjectIdentifier(Batch<Statement>.self), sql: { PostgreSQLText.qualify(Statement.postgreSQLBatch) },
                parameters: columns.parameters(0, at: 0))
            try later(request, isAwaited: true) { rows throws(StoreError) in
                found += try rows.decoded(as: Statement.self)
                if end == statements.count { try note(found) }
            }
        }
    }

    /// - Parameter isAwaited: whether something depends on the note.
    func later(
        _ request: PostgresRequest, isAwaited: Bool, _ note: @escaping PostgresQueue.Note
    ) throws(StoreError) {
        queue.add(request, isAwaited: isAwaited, note)
        if queue.isFull { try flush() }
    }

    package func flush() throws(StoreError) {
        if !queue.isEmpty { _ = try answers([]) }
    }

    package func settle() throws(StoreError) {
        if queue.isAwaited { try flush() }
    }

    @discardableResult
    package func run<Statement: SQLStatement>(_ statement: Statement) throws(StoreError) -> Int {
        try one(statement).affected
    }

    package func all<Statement: SQLStatement>(_ statement: Statement) throws(StoreError) -> [Statement.Row] {
        try one(statement).decoded(as: Statement.self)
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
        let begin = isAlone ? [PostgresRequest(BeginReading())] : []
        do throws(StoreError) {
            var answer = try answers(begin + [cursor(of: statement), PostgresRequest(FetchRows())])
            var wanted: [Statement.Row] = []
            reading: while let fetched = answer.last, fetched.count > 0 {
                for index in 0..<fetched.count {
                    let row = try Statement.decode(fetched[index])
                    wanted.append(row)
                    if isLast(row) { break reading }
                }
                guard fetched.count == FetchRows.count else { break }
                answer = try answers([PostgresRequest(FetchRows())])
            }
            try later(PostgresRequest(CloseCursor()), isAwaited: false) { _ in }
            if isAlone { _ = try answers([PostgresRequest(EndReading())]) }
            return wanted
        } catch {
            if isAlone, isInTransaction { _ = try? answers([PostgresRequest(AbandonReading())]) }
            throw error
        }
    }

    /// Constants only, without parameters.
    func execute(_ script: String) throws(StoreError) {
        try flush()
        do throws(PostgresError) { try run(script: script) } catch { throw StoreError(error) }
    }

    private func one(_ statement: some SQLStatement) throws(StoreError) -> PostgresRows {
        try answers([PostgresRequest(statement)])[0]
    }

    /// After what was to be run later, in one round trip.
    func answers(_ requests: [PostgresRequest]) throws(StoreError) -> [PostgresRows] {
        let earlier = queue
        queue = PostgresQueue()
        let waiting = earlier.requests
        let rows: [PostgresRows]
        do throws(PostgresError) { rows = try run(waiting + requests) } catch { throw StoreError(error) }
        try earlier.tell(rows.prefix(waiting.count))
        return Array(rows.dropFirst(waiting.count))
    }

    private func cursor<Statement: SQLStatement>(of statement: Statement) -> PostgresRequest {
        PostgresRequest(
            key: ObjectIdentifier(Cursor<Statement>.self),
            sql: { "DECLARE page NO SCROLL CURSOR FOR \(PostgreSQLText.qualify(Statement.postgreSQL))" },
            parameters: PostgresRequest(statement).parameters)
    }
}

extension PostgresRequest {
    init<Statement: SQLStatement>(_ statement: Statement) {
        let parameters = PostgresParameters()
        statement.bind(to: parameters)
        if Statement.largeValueIndex > 0 { parameters.bindBytes(statement.largeValue, at: Statement.largeValueIndex) }
        self.init(
            key: ObjectIdentifier(Statement.self), sql: { PostgreSQLText.qualify(Statement.postgreSQL) }, parameters: parameters
        )
    }
}

extension PostgresRows {
    func decoded<Statement: SQLStatement>(as type: Statement.Type) throws(StoreError) -> [Statement.Row] {
        var decoded: [Statement.Row] = []
        decoded.reserveCapacity(count)
        for index in 0..<count { decoded.append(try type.decode(self[index])) }
        return decoded
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
