/// SQLite's dialect as PostgreSQL's, as far as our statements differ by the way of writing alone.
package enum PostgreSQLText {
    /// `?1` is `$1`, and the planner chooses the index itself.
    package static func translate(_ sql: String) -> String {
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

    /// With our schema before the names of tables, so that nothing depends on how a session is set: with a pooler between, each
    /// transaction may meet another session.
    package static func qualify(_ sql: String) -> String {
        sql.replacing(#/\b(FROM|JOIN|INTO|UPDATE)(\s+)([a-z_]+)/#) { match in
            let name = String(match.output.3)
            return "\(match.output.1)\(match.output.2)\(names.contains(name) ? "\(schema)." : "")\(name)"
        }
    }

    package static let schema = "godwit"

    /// Tables and functions of our own.
    package static let names: Set<String> = [
        "applications", "attempts", "changes", "consumers", "deliveries", "endpoint_sequences", "endpoint_statistics",
        "endpoint_subscriptions", "endpoints", "event_ids", "event_types", "idempotency", "integrations", "json_each",
        "message_labels",
        "messages", "migrations", "nodes", "partitions", "replays", "revocations", "settings", "signing_keys", "task_results",
        "tasks",
        "tokens", "wakes",
    ]

    private static func withoutIndexes(_ text: String) -> String {
        var words = text.split(separator: " INDEXED BY ", omittingEmptySubsequences: false)
        for index in words.indices.dropFirst() {
            words[index] = words[index].drop { $0.isLetter || $0 == "_" }
        }
        return words.joined()
    }
}
