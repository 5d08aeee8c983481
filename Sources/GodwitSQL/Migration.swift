package import GodwitStore

/// One step of the schema. Its text never changes once it was released: a store that has run it knows its checksum.
package struct Migration: Sendable {
    package let number: Int64
    package let name: String
    package let sql: String

    package init(number: Int64, name: String, sql: String) {
        self.number = number
        self.name = name
        self.sql = sql
    }

    /// FNV-1a over the text: it has to notice an edit, not to resist an attack.
    package var checksum: String {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in sql.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return String(hash, radix: 16)
    }
}

extension SQLConnection {
    /// Whether a store that was made before has steps to go.
    package func isBehind(_ steps: [Migration]) throws(StoreError) -> Bool { try all(ListMigrations()).count < steps.count }

    /// Reads only.
    /// - Throws: `.unusable` unless exactly these steps were run.
    package func demandAll(_ steps: [Migration], store: String) throws(StoreError) {
        let done = try all(ListMigrations())
        let last = done.last?.number ?? 0
        let known = steps.last?.number ?? 0
        let age =
            last < known
            ? "an older godwit, up to migration \(last) where this one has \(known): start this godwit's server on it once"
            : last > known
                ? "a newer godwit: it has migration \(last), this one has \(known)"
                : "another build of godwit: a migration of it has another text"
        guard
            done.map({ [String($0.number), $0.name, $0.checksum] }) == steps.map({ [String($0.number), $0.name, $0.checksum] })
        else { throw StoreError(.unusable, "\(store) was written by \(age)") }
    }

    /// Inside a transaction: runs the steps that were not run yet.
    ///
    /// - Parameters:
    ///   - store: its name, for errors.
    ///   - execute: runs a script.
    /// - Throws: `.unusable` when the store is of a newer version, or a step was another one when it was run.
    package func migrate(
        by steps: [Migration], store: String, execute: (String) throws(StoreError) -> Void
    ) throws(StoreError) {
        let done = try all(ListMigrations())
        for migration in done {
            guard let known = steps.first(where: { $0.number == migration.number }) else {
                throw StoreError(
                    .unusable,
                    "'\(store)' was written by a newer godwit: it has migration \(migration.number) '\(migration.name)'")
            }
            guard known.name == migration.name, known.checksum == migration.checksum else {
                throw StoreError(
                    .unusable, "'\(store)' has another migration \(migration.number) '\(migration.name)' than this godwit")
            }
        }
        for step in steps where !done.contains(where: { $0.number == step.number }) {
            try execute(step.sql)
            try run(RecordMigration(number: step.number, name: step.name, checksum: step.checksum))
        }
    }
}

private struct ListMigrations: PlainStatement {
    static let sql = "SELECT number, name, checksum FROM migrations ORDER BY number"

    static func decode(_ row: some SQLRow) -> (number: Int64, name: String, checksum: String) {
        (row.integer(0), row.text(1), row.text(2))
    }
}

private struct RecordMigration: SQLStatement {
    static let sql = "INSERT INTO migrations (number, name, checksum) VALUES (?1, ?2, ?3)"

    let number: Int64
    let name: String
    let checksum: String

    func bind(to statement: some SQLParameters) {
        statement.bind(number, at: 1)
        statement.bind(name, at: 2)
        statement.bind(checksum, at: 3)
    }
}
