package import GodwitStore

extension SQLConnection {
    /// All that `body` does becomes durable at once, or nothing of it. If rolling back fails too, the next transaction begins with it.
    package func inTransaction<Value>(_ body: () throws(StoreError) -> Value) throws(StoreError) -> Value {
        if isInTransaction { try rollBack() }
        do throws(StoreError) {
            try begin()
            let value = try body()
            try commit()
            return value
        } catch {
            // A full disk may have ended the transaction already.
            if isInTransaction { try? rollBack() }
            throw error
        }
    }
}

/// Takes the right to write at once, so that nothing inside can fail for want of it.
struct BeginImmediate: PlainStatement { static let sql = "BEGIN IMMEDIATE" }

/// Durable when it returns: `synchronous` is FULL.
package struct Commit: PlainStatement {
    package static let sql = "COMMIT"
    package init() {}
}

package struct Rollback: PlainStatement {
    package static let sql = "ROLLBACK"
    package init() {}
}

/// Around one command, so that its refusal undoes it alone.
struct BeginCommand: PlainStatement { static let sql = "SAVEPOINT command" }

struct EndCommand: PlainStatement { static let sql = "RELEASE command" }

struct UndoCommand: PlainStatement { static let sql = "ROLLBACK TO command" }

/// Until the transaction's end nobody else changes what is registered: what was read stands, and what gets numbers becomes visible in
/// their order. The first thing that a transaction does, so that no two wait for each other.
struct LockCatalogue: PlainStatement {
    /// SQLite has one transaction that writes at a time anyway.
    static let sql = "SELECT 1"
    /// "Godw", and two.
    static let postgreSQL = "SELECT pg_advisory_xact_lock(1198485625)"
}

/// Another statement, whose rows nobody else changes until the transaction's end.
struct Locked<Statement: SQLStatement>: SQLStatement {
    static var sql: String { Statement.sql }
    static var postgreSQL: String { Statement.postgreSQL + " FOR UPDATE" }

    let statement: Statement

    init(_ statement: Statement) { self.statement = statement }

    func bind(to parameters: some SQLParameters) { statement.bind(to: parameters) }

    static func decode(_ row: some SQLRow) throws(StoreError) -> Statement.Row { try Statement.decode(row) }
}
