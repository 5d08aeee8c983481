import GodwitCore
import GodwitStore
import Testing

@testable import GodwitSQL
@testable import GodwitSQLite

@Suite("A move")
struct StoreMoveTests {
    private let folder: TemporaryFolder
    private let source: SQLiteMoveEnd
    private let destination: SQLiteMoveEnd

    init() throws {
        folder = try TemporaryFolder()
        let store = try SQLiteStore.open(path: folder.file("source.db"), exclusive: true)
        store.close()
        source = try SQLiteMoveEnd.source(path: folder.file("source.db"))
        destination = try SQLiteMoveEnd.destination(path: folder.file("destination.db"))
    }

    private func execute(_ script: String) throws { try (source.connection as? SQLiteConnection)?.execute(script) }

    /// With more rows between the first and the last than one transaction writes.
    private func makeApplications() throws {
        try execute(
            """
            WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < \(2 * Limits.movedRows))
            INSERT INTO applications (key, id, organization, name, metadata, created_at, updated_at)
            SELECT n, 'app_' || n, 'org', 'name', '{}', 1, 1 FROM numbers;
            UPDATE applications SET uid = 'shop' WHERE key = \(2 * Limits.movedRows);
            """)
    }

    private func giveUIDToTheFirst() throws {
        try execute("UPDATE applications SET uid = NULL, updated_at = 2")
        try execute("UPDATE applications SET uid = 'shop' WHERE key = 1")
    }

    @Test("brings a name that went from one row to another over to it")
    func uniqueValues() throws {
        try makeApplications()
        let move = try StoreMove(from: source, to: destination) { "identity-\(UInt64.random(in: 0...(.max)))" }
        try move.pass { _ in }
        try giveUIDToTheFirst()
        // While the source is written to, it is left for later.
        try move.pass { _ in }
        var reports: [TableReport] = []
        let isEqual = try move.finish { reports.append($0) }
        #expect(isEqual)
        let applications = try #require(reports.first { $0.table == "applications" })
        #expect(applications.source.rows == 2 * Limits.movedRows)
        #expect(applications.isEqual)
        #expect(throws: StoreError.self) { try source.connection.demandNotMoved("it") }
        try destination.connection.demandNotMoved("it")
    }

    @Test("removes what is no longer there")
    func removals() throws {
        try makeApplications()
        let move = try StoreMove(from: source, to: destination) { "identity-\(UInt64.random(in: 0...(.max)))" }
        try move.pass { _ in }
        try execute("DELETE FROM applications WHERE key % 3 = 0")
        #expect(throws: StoreError.self) { try destination.connection.demandNotMoved("it") }
        var removed = 0
        let isEqual = try move.finish { removed += $0.removed }
        #expect(isEqual)
        #expect(removed == 2 * Limits.movedRows / 3)
    }

    @Test("is given up by nobody who crashes before it is complete, and goes on after a crash in its last step")
    func lastStep() throws {
        try makeApplications()
        let make = { "identity-\(UInt64.random(in: 0...(.max)))" }
        let move = try StoreMove(from: source, to: destination, makeIdentity: make)
        let isMoved = try move.finish { _ in }
        #expect(isMoved)
        // As if it had crashed after the source was given up.
        let identity = try #require(try source.connection.mark(.identity))
        try destination.connection.set(.source, identity)
        let again = try StoreMove(from: source, to: destination, makeIdentity: make)
        let isComplete = try again.finish { _ in }
        #expect(isComplete)
        #expect(throws: StoreError.self) { try StoreMove(from: source, to: destination, makeIdentity: make) }
    }
}
