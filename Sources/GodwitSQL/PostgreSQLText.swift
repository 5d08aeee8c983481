/// SQLite's dialect as PostgreSQL's, as far as our statements differ by the way of writing alone.
enum PostgreSQLText {
    /// `?1` is `$1`, and the planner chooses the index itself.
    static func translate(_ sql: String) -> String {
        var text = ""
        var rest = sql[...]
        while let mark = rest.firstIndex(of: "?") {
            text += rest[..<mark] + "$"
            rest = rest[rest.index(after: mark)...]
        }
        return withoutIndexes(text + rest)
            // Tells SQLite in which order to join; and that it need not read a large value.
            .replacing("CROSS JOIN", with: "JOIN")
            .replacing("typeof(messages.payload) = 'null'", with: "messages.payload IS NULL")
    }

    private static func withoutIndexes(_ text: String) -> String {
        var words = text.split(separator: " INDEXED BY ", omittingEmptySubsequences: false)
        for index in words.indices.dropFirst() {
            words[index] = words[index].drop { $0.isLetter || $0 == "_" }
        }
        return words.joined()
    }
}
