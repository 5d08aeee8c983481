import GodwitStore
import Testing

@testable import GodwitSQL
@testable import GodwitSQLite

/// A table or a column that a migration adds would be lost by a move, if nobody told the move of it.
@Suite("Tables that are moved")
struct MovedTablesTests {
    private let folder: TemporaryFolder
    private let connection: SQLiteConnection

    init() throws {
        folder = try TemporaryFolder()
        let file = try StoreFile(path: folder.file())
        connection = try SQLiteConnection(file, .writer)
        try Migrations().run(on: connection, path: file.path)
    }

    @Test("are all that there are")
    func tables() throws {
        let names = try connection.texts(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> 'migrations'")
        #expect(MovedTables.all.map { $0.name }.sorted() == names.sorted())
    }

    @Test("have all columns, the primary key first")
    func columns() throws {
        for table in MovedTables.all {
            let all = try connection.texts("SELECT name FROM pragma_table_info('\(table.name)')")
            #expect(table.layout.columnNames.sorted() == all.sorted(), "\(table.name)")
            let key = try connection.texts("SELECT name FROM pragma_table_info('\(table.name)') WHERE pk > 0 ORDER BY pk")
            #expect(table.layout.key.map(\.name) == key, "\(table.name)")
        }
    }

    @Test("are read along their primary keys, never sorted")
    func plans() throws {
        for table in MovedTables.all {
            let steps = try plan(of: table)
            #expect(steps.allSatisfy { $0.contains("PRIMARY KEY") && !$0.contains("TEMP B-TREE") }, "\(table.name): \(steps)")
        }
    }

    private func plan<Table: MovedTable>(of table: Table.Type) throws -> [String] {
        try connection.texts("EXPLAIN QUERY PLAN \(ReadMovedRows<Table>.sql)", column: 3)
    }
}
