public import GodwitSignature

/// The table by which an effect and the record of its webhook become one transaction of your own database.
public enum ProcessedWebhooks {
    /// For SQLite and PostgreSQL alike.
    public static let table = """
        CREATE TABLE IF NOT EXISTS processed_webhooks (
            id TEXT PRIMARY KEY,
            processed_at BIGINT NOT NULL
        )
        """
    /// For forgetting old ones.
    public static let index = "CREATE INDEX IF NOT EXISTS processed_webhooks_at ON processed_webhooks (processed_at)"
    /// Parameters: the key, seconds since 1970. Changes one row, or none for a duplicate; a concurrent transaction with the same key
    /// waits for the first one's end.
    public static let insert = "INSERT INTO processed_webhooks (id, processed_at) VALUES ($1, $2) ON CONFLICT DO NOTHING"
}

/// Processes a webhook exactly once: call it within a transaction that holds both the record and the effect, and commit after it.
///
/// ```swift
/// try await database.transaction { connection in
///     try await processOnce(webhook) { key in
///         try await connection.execute(ProcessedWebhooks.insert, [key, now]).changes == 1
///     } effect: {
///         try await connection.execute("UPDATE accounts SET …")
///     }
/// }
/// ```
/// - Parameter recording: runs `ProcessedWebhooks.insert` and tells whether it changed a row.
/// - Returns: what the effect returned; nil for a duplicate.
public func processOnce<Value>(
    _ webhook: VerifiedWebhook, recording: (_ key: String) async throws -> Bool, effect: () async throws -> Value
) async rethrows -> Value? {
    guard try await recording(webhook.deduplicationKey) else { return nil }
    return try await effect()
}
