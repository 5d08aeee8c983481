import GodwitCore
import GodwitStore
import Testing

@testable import GodwitSQL
@testable import GodwitSQLite

/// Stores that were made by former versions of the program.
@Suite("A SQLite store of a former version")
struct SQLiteUpgradeTests {
    private static let lease: Int64 = 3
    private static let ids = (
        application: ApplicationID(key: 1 << 40, nonce: .init(high: 1, low: 1)),
        endpoint: EndpointID(key: 2 << 40, nonce: .init(high: 2, low: 2)),
        message: MessageID(key: 3 << 40, nonce: .init(high: 3, low: 3))
    )

    /// Rows as the first version wrote them.
    private static let rows = """
        INSERT INTO nodes VALUES (\(lease), 1000);
        INSERT INTO applications VALUES (\(1 << 40), '\(ids.application)', 'org_godwit', 'app', 'n', '{}', 1000, 1000, NULL);
        INSERT INTO endpoints VALUES (\(2 << 40), '\(ids.endpoint)', \(1 << 40), NULL, 'https://a.example/', '', 1, '["a"]', NULL,
                                      '{}', '{}', '[{"secret":"whsec_a"}]', 1000, 1000, NULL);
        INSERT INTO messages VALUES (\(3 << 40), '\(ids.message)', \(1 << 40), 'a', 'evt', NULL, NULL, 1000, 9000000, x'7B7D');
        INSERT INTO messages VALUES (\(3 << 40 + 1), 'x', \(1 << 40), 'a', NULL, NULL, NULL, 1000, 9000000, NULL);
        INSERT INTO deliveries VALUES (\(3 << 40), \(2 << 40), 1, 'waiting', 2000, NULL, NULL, 1, 1, NULL, NULL);
        INSERT INTO deliveries VALUES (\(3 << 40), 7, 1, 'in_flight', NULL, \(lease), NULL, 0, 0, NULL, NULL);
        INSERT INTO deliveries VALUES (\(3 << 40 + 1), \(2 << 40), 2, 'exhausted', NULL, NULL, 2000, 3, 3, NULL, NULL);
        INSERT INTO endpoint_sequences VALUES (\(2 << 40), 2);
        """

    @Test("is not changed beside a server that works with it")
    func besideServer() throws {
        let folder = try TemporaryFolder()
        let file = try StoreFile(path: folder.file())
        let server = try SQLiteStore(
            file, lock: StoreLock(file), idempotencyKeys: 10, migrations: Migrations([m0001Foundation]))
        let refusal = #expect(throws: StoreError.self) { try SQLiteStore.open(path: folder.file(), exclusive: false) }
        #expect(refusal?.code == .unavailable)
        let names = "SELECT name FROM migrations ORDER BY number"
        #expect(try SQLiteConnection(file, .reader).texts(names) == ["foundation"])
        server.close()
        try SQLiteStore.open(path: folder.file(), exclusive: false).close()
        #expect(
            try SQLiteConnection(file, .reader).texts(names) == ["foundation", "policies", "surface", "lists", "retention"])
    }

    @Test("keeps all that it holds, and claims it")
    func upgrade() throws {
        let folder = try TemporaryFolder()
        let file = try StoreFile(path: folder.file())
        try SQLiteStore(file, lock: nil, idempotencyKeys: 10, migrations: Migrations([m0001Foundation])).close()
        let connection = try SQLiteConnection(file, .writer)
        try connection.execute(Self.rows)

        let store = try SQLiteStore.open(path: folder.file(), exclusive: true)
        defer { store.close() }
        let (owner, key) = (Self.ids.application.key, Self.ids.endpoint.key)
        #expect(try store.allApplications().map(\.rateLimit) == [.none])
        let endpoint = try #require(try store.allEndpoints().first)
        #expect(endpoint.policy == .standard && endpoint.disabled && endpoint.disablement == nil && endpoint.failing == nil)
        let then = try store.endpoints(application: owner, at: Instant(millisecondsSince1970: 1000))
        #expect(then.map(\.subscription) == [endpoint.subscription])
        let message = try #require(try store.message(application: owner, .uid("evt")))
        #expect(message.timing == MessageTiming() && message.orderingKey == nil)
        let all = PageRequest<Int64>(limit: 9, order: .ascending)
        #expect(try store.deadLetters(endpoint: key, all).items.map(\.sequence) == [2])
        #expect(try store.backlog().map(\.endpoint) == [key])

        let now = Instant(millisecondsSince1970: 5000)
        let lease = try store.begin(at: now)
        #expect(lease.rawValue == Self.lease + 1)
        #expect(try store.backlog().map(\.endpoint) == [7, key])
        let claim = Claim(endpoint: key, limit: 9, lease: lease)
        guard case .claimed(let claimed) = try store.commit([.claim(claim)], at: now).first else {
            Issue.record("a claim is answered as one")
            return
        }
        #expect(claimed.deliveries.map(\.sequence) == [1])
        #expect(claimed.deliveries.map(\.machine.line) == [nil])
        let plan = try connection.texts("SELECT sql FROM sqlite_schema WHERE name = 'deliveries_waiting'")
        #expect(plan.first?.contains("line IS NULL") == true)
    }
}
