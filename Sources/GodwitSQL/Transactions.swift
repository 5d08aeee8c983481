package import GodwitStore

extension SQLConnection {
    /// All that `body` does becomes durable at once, or nothing of it. If rolling back fails too, the next transaction begins with it.
    package func inTransaction<Value>(_ body: () throws(StoreError) -> Value) throws(StoreError) -> Value {
        if isInTransaction { try run(Rollback()) }
        do throws(StoreError) {
            try run(BeginImmediate())
            let value = try body()
            try run(Commit())
            return value
        } catch {
            // A full disk may have ended the transaction already.
            if isInTransaction { _ = try? run(Rollback()) }
            throw error
        }
    }
}

/// Takes the right to write at once, so that nothing inside can fail for want of it.
struct BeginImmediate: PlainStatement {
    static let sql = "BEGIN IMMEDIATE"
    static let postgreSQL = "BEGIN"
}

/// Durable when it returns: `synchronous` is FULL.
struct Commit: PlainStatement { static let sql = "COMMIT" }

struct Rollback: PlainStatement { static let sql = "ROLLBACK" }

/// Around one command, so that its refusal undoes it alone.
struct BeginCommand: PlainStatement { static let sql = "SAVEPOINT command" }

struct EndCommand: PlainStatement { static let sql = "RELEASE command" }

struct UndoCommand: PlainStatement { static let sql = "ROLLBACK TO command" }
