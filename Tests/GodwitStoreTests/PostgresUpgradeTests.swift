#if Postgres
import GodwitCore
import GodwitStore
import Testing

@testable import GodwitPostgres
@testable import GodwitSQL

/// A database that was made by former versions of the program.
@Suite("A PostgreSQL store of a former version")
struct PostgresUpgradeTests {
    private static let first: Int64 = 3 << 40

    /// As version 4 writes them: 300 messages with a year between the first and the last, to two endpoints.
    private static let rows = """
        SET search_path = godwit, pg_catalog;
        INSERT INTO messages (key, id, application_key, event_type, event_id, tags, created_at, payload_expires_at)
            SELECT \(first) + n * ((365::bigint * 86400 << 31) / 300), 'm' || n, 1, 'a', CASE WHEN n % 2 = 0 THEN 'evt' || n END,
                   '["t"]', 1000, 2000
            FROM   generate_series(1, 300) AS n;
        INSERT INTO message_labels SELECT 1, 'tag:t', key FROM messages;
        INSERT INTO deliveries (message_key, endpoint_key, sequence, state, due_at, finished_at, attempts, scheduled_attempts)
            SELECT key, endpoint, row_number() OVER (PARTITION BY endpoint ORDER BY key),
                   CASE WHEN id = 'm7' THEN 'waiting' ELSE 'delivered' END, CASE WHEN id = 'm7' THEN 5 END,
                   CASE WHEN id <> 'm7' THEN 5 END, 1, 1
            FROM   messages, generate_series(1, 2) AS endpoint;
        INSERT INTO attempts (message_key, key, id, endpoint_key, application_key, number, cause, started_at, total_us, succeeded, url,
                              status, body)
            SELECT message_key, message_key + endpoint_key, 'a', endpoint_key, 1, 1, 0, 1, 1, 1, 'http://a/', 200, '' FROM deliveries;
        INSERT INTO endpoint_sequences VALUES (1, 300), (2, 300);
        INSERT INTO nodes (lease, started_at) VALUES (3, 1000);
        """

    @Test("keeps its rows, its numbers and its lists")
    func upgrade() throws {
        let address = try TestDatabases.create()
        let former = try PostgresConnection.open(address)
        try former.migrate(isMade: false, to: Array(Migration.postgres.prefix(4)))
        try former.execute(Self.rows)
        let tables = ["messages", "message_labels", "deliveries", "attempts"]
        let sums = tables.map { "SELECT md5(string_agg(t::text, '' ORDER BY t::text)) FROM godwit.\($0) AS t" }
        let before = try sums.map { try former.text($0) }

        let store = try PostgresStore.open(address: address, exclusive: true)
        defer { store.close() }
        #expect(try sums.map { try former.text($0) } == before)
        let keys = try (1...300).map { try former.number("SELECT key FROM godwit.messages WHERE id = 'm\($0)'") }
        #expect(try store.deliveries(ofMessage: keys[6]).map(\.sequence) == [7, 7])
        #expect(try store.backlog().map(\.endpoint) == [1, 2])
        #expect(try former.number("SELECT count(*) FROM godwit.event_ids JOIN godwit.messages ON key = message_key") == 150)
        #expect(try former.number("SELECT count(*) FROM godwit.messages_p2") == 0)

        // What comes next goes on behind it.
        let now = Instant(millisecondsSince1970: 1_780_000_000_000)
        let lease = try store.begin(.all, at: now)
        var random = SeededGenerator(seed: 1)
        var identifiers = IdentifierGenerator(after: try store.greatestKey())
        func publish(_ eventID: String) throws -> PublishResult {
            let message = Message(
                id: identifiers.next(at: now, using: &random), application: 1, eventType: "a", eventID: eventID, channels: [],
                tags: [], payload: nil, createdAt: now, payloadExpiresAt: now, timing: MessageTiming(), orderingKey: nil,
                raw: nil)
            let result = try store.commit(
                [.publish(NewMessage(message: message, idempotency: nil, deliveries: [(1, .accepted(under: lease))]))], at: now)
            guard case .published(let published) = result.first else { throw StoreError(.unusable, "no answer") }
            return published
        }
        #expect(try publish("evt2") == .duplicateEventID)
        #expect(try publish("evt3") == .stored(sequences: [301]))
        #expect(try former.number("SELECT count(*) FROM godwit.messages_p1") == 301)
        _ = try store.commit([.catalog(.retention(.prepare(retentionDays: nil)))], at: now)
        #expect(try publish("evt3") == .duplicateEventID)
    }
}
#endif
