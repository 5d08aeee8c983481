package import GodwitCore
package import GodwitStore

/// One connection to a database that speaks SQL. Whoever owns it makes sure that one thread uses it at a time.
package protocol SQLConnection: AnyObject {
    /// Between BEGIN and its end. A failure can end a transaction by itself.
    var isInTransaction: Bool { get }

    /// What the open transaction has counted so far.
    var ledger: StatisticsLedger { get set }

    /// - Returns: how many rows it changed.
    func begin() throws(StoreError)
    /// All since `begin` is durable when it returns.
    func commit() throws(StoreError)
    /// Also what was to be run later is forgotten.
    func rollBack() throws(StoreError)

    /// Whether other processes may write to the same tables at the same time. Then what is decided on a row needs the row's lock.
    static var isShared: Bool { get }

    /// Runs it now, or together with what is run next, or with the commit: a database far away is asked once for many statements.
    ///
    /// - Parameter note: hears how many rows it changed.
    func runLater<Statement: SQLStatement>(_ statement: Statement, _ note: ((Int) -> Void)?) throws(StoreError)

    /// As `runLater`, perhaps together with others of its kind: then it is run before statements of other kinds that were to be run
    /// earlier, but never before one that touches the same row.
    func runInBatch<Statement: BatchedStatement>(_ statement: Statement, _ note: ((Int) -> Void)?) throws(StoreError)

    /// Asks now, or together with what is run next.
    func allLater<Statement: SQLStatement>(
        _ statement: Statement, _ note: @escaping ([Statement.Row]) throws(StoreError) -> Void
    ) throws(StoreError)

    /// Asks for all of them now, or together with what is run next.
    func allLater<Statement: BatchedQuery>(
        _ statements: [Statement], _ note: @escaping ([Statement.Row]) throws(StoreError) -> Void
    ) throws(StoreError)

    /// Runs what was to be run later.
    func flush() throws(StoreError)

    /// Runs what was to be run later, if somebody is to hear how it went.
    func settle() throws(StoreError)

    @discardableResult
    func run<Statement: SQLStatement>(_ statement: Statement) throws(StoreError) -> Int

    func all<Statement: SQLStatement>(_ statement: Statement) throws(StoreError) -> [Statement.Row]

    /// Rows until `isLast` says that a row is the last one wanted.
    func rows<Statement: SQLStatement>(
        _ statement: Statement, until isLast: (Statement.Row) -> Bool
    ) throws(StoreError) -> [Statement.Row]

    func first<Statement: SQLStatement>(_ statement: Statement) throws(StoreError) -> Statement.Row?
}

extension SQLConnection {
    package static var isShared: Bool { false }

    package func begin() throws(StoreError) { try run(BeginImmediate()) }

    package func commit() throws(StoreError) { try run(Commit()) }

    package func rollBack() throws(StoreError) { try run(Rollback()) }

    package func runLater<Statement: SQLStatement>(
        _ statement: Statement, _ note: ((Int) -> Void)?
    ) throws(StoreError) {
        let count = try run(statement)
        note?(count)
    }

    package func runInBatch<Statement: BatchedStatement>(
        _ statement: Statement, _ note: ((Int) -> Void)?
    ) throws(StoreError) {
        try runLater(statement, note)
    }

    package func allLater<Statement: SQLStatement>(
        _ statement: Statement, _ note: @escaping ([Statement.Row]) throws(StoreError) -> Void
    ) throws(StoreError) {
        try note(all(statement))
    }

    package func allLater<Statement: BatchedQuery>(
        _ statements: [Statement], _ note: @escaping ([Statement.Row]) throws(StoreError) -> Void
    ) throws(StoreError) {
        var rows: [Statement.Row] = []
        for statement in statements { rows += try all(statement) }
        try note(rows)
    }

    package func flush() throws(StoreError) {}

    package func settle() throws(StoreError) {}

    func runLater(_ statement: some SQLStatement) throws(StoreError) { try runLater(statement, nil) }

    func runInBatch(_ statement: some BatchedStatement) throws(StoreError) { try runInBatch(statement, nil) }
}
