/// One SQL statement: its text, its parameters, and how a row of its answer is read. The twin of SQLite's `SQLStatement`.
///
/// The doc comment of each says what makes it safe to run twice or late, and which index it uses.
protocol PostgresStatement {
    /// Made of constants only; prepared once for each connection.
    static var sql: String { get }

    var parameters: PostgresParameters { get }
}
