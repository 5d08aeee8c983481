/// Takes the right to write at once, so that nothing inside can fail for want of it.
struct BeginImmediate: PlainStatement { static let sql = "BEGIN IMMEDIATE" }

/// Durable when it returns: `synchronous` is FULL.
struct Commit: PlainStatement { static let sql = "COMMIT" }

struct Rollback: PlainStatement { static let sql = "ROLLBACK" }

/// Around one command, so that its refusal undoes it alone.
struct BeginCommand: PlainStatement { static let sql = "SAVEPOINT command" }

struct EndCommand: PlainStatement { static let sql = "RELEASE command" }

struct UndoCommand: PlainStatement { static let sql = "ROLLBACK TO command" }
