package import GodwitCore
package import GodwitStore

/// One connection to a database that speaks SQL. Whoever owns it makes sure that one thread uses it at a time.
package protocol SQLConnection: AnyObject {
    /// Between BEGIN and its end. A failure can end a transaction by itself.
    var isInTransaction: Bool { get }

    /// What the open transaction has counted so far.
    var ledger: StatisticsLedger { get set }

    /// - Returns: how many rows it changed.
    @discardableResult
    func run<Statement: SQLStatement>(_ statement: Statement) throws(StoreError) -> Int

    func all<Statement: SQLStatement>(_ statement: Statement) throws(StoreError) -> [Statement.Row]

    /// Rows until `isLast` says that a row is the last one wanted.
    func rows<Statement: SQLStatement>(
        _ statement: Statement, until isLast: (Statement.Row) -> Bool
    ) throws(StoreError) -> [Statement.Row]

    func first<Statement: SQLStatement>(_ statement: Statement) throws(StoreError) -> Statement.Row?
}
