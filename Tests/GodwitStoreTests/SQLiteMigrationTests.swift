import GodwitCore
import GodwitStore
import Testing

@testable import GodwitSQL
@testable import GodwitSQLite

@Suite("SQLite migrations")
struct SQLiteMigrationTests {
    private let next = Migration(number: 6, name: "notes", sql: "CREATE TABLE notes (text TEXT) STRICT")

    private func open(_ folder: TemporaryFolder, _ steps: [Migration]) throws {
        let file = try StoreFile(path: folder.file())
        try SQLiteStore(file, lock: nil, idempotencyKeys: 10, migrations: Migrations(steps)).close()
    }

    private func refusal(_ folder: TemporaryFolder, _ steps: [Migration]) -> StoreError? {
        #expect(throws: StoreError.self) { try open(folder, steps) }
    }

    @Test("run once each, in order")
    func runOnce() throws {
        let folder = try TemporaryFolder()
        try open(folder, Migration.sqlite)
        try open(folder, Migration.sqlite + [next])
        try open(folder, Migration.sqlite + [next])
        let connection = try SQLiteConnection(StoreFile(path: folder.file()), .reader)
        #expect(
            try connection.texts("SELECT name FROM migrations ORDER BY number") == [
                "foundation", "policies", "surface", "lists", "retention", "notes",
            ])
    }

    @Test("of a newer version are refused, and named")
    func newerIsRefused() throws {
        let folder = try TemporaryFolder()
        try open(folder, Migration.sqlite + [next])
        let refusal = refusal(folder, Migration.sqlite)
        #expect(refusal?.code == .unusable)
        #expect(refusal?.message.contains("newer godwit") == true)
        #expect(refusal?.message.contains("notes") == true)
    }

    @Test("that were edited are refused", arguments: ["CREATE TABLE notes (text TEXT NOT NULL) STRICT", ""])
    func editedIsRefused(sql: String) throws {
        let folder = try TemporaryFolder()
        try open(folder, Migration.sqlite + [next])
        let edited = Migration(number: 6, name: "notes", sql: sql)
        #expect(refusal(folder, Migration.sqlite + [edited])?.code == .unusable)
        let renamed = Migration(number: 6, name: "remarks", sql: next.sql)
        #expect(refusal(folder, Migration.sqlite + [renamed])?.code == .unusable)
    }

    @Test("that fail leave the schema as it was")
    func failureChangesNothing() throws {
        let folder = try TemporaryFolder()
        try open(folder, Migration.sqlite)
        let broken = Migration(
            number: 7, name: "broken", sql: "CREATE TABLE half (a TEXT) STRICT; CREATE TABLE applications (a)")
        #expect(refusal(folder, Migration.sqlite + [next, broken]) != nil)
        let connection = try SQLiteConnection(StoreFile(path: folder.file()), .reader)
        #expect(
            try connection.texts("SELECT name FROM migrations") == ["foundation", "policies", "surface", "lists", "retention"])
        #expect(try connection.texts("SELECT name FROM sqlite_schema WHERE name IN ('notes', 'half')").isEmpty)
    }

    @Test("were not edited since they were released")
    func checksums() {
        // A change of this number is a change of a released schema: add a migration instead.
        #expect(Migration.sqlite.prefix(2).map(\.checksum) == ["c3db1409f60e9701", "e4feffc493f0f41"])
        #expect(Migration.sqlite.map(\.number) == Array(1...Int64(Migration.sqlite.count)))
    }
}
