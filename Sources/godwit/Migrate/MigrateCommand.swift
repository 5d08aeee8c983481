import ArgumentParser
import Foundation
import GodwitSQL
import GodwitSQLite
import GodwitStore

#if Postgres
import GodwitPostgres
#endif

struct MigrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate", abstract: "Move everything from one store to another: from SQLite to PostgreSQL, or back.",
        discussion: """
            While the server of --from runs, this copies what there is, as often as you like; it may be interrupted at any time and \
            goes on when it is run again. Then stop the server and run it with --finish: it copies what has changed, compares both \
            sides by rows and checksums, and says how long that took. From then on a server starts on --to only. --to must be empty: \
            a database, or a file that doesn't exist. libpq's PGPASSWORD and ~/.pgpass keep a password off the command line.

            Exit code 0: done; 1: refused or failed, and nothing was given up; 64: wrong usage.
            """)

    @Option(help: "The store that is there: sqlite:PATH or postgres://…") var from: String
    @Option(help: "An empty store: sqlite:PATH or postgres://…") var to: String
    @Flag(help: "The last pass, with no server on either store. The source is given up when both are equal.") var finish = false
    @Option(help: "table or json.") var output = APIFlags.Output.table

    func validate() throws {
        for (name, text) in [("--from", from), ("--to", to)] where StoreAddress(text) == nil {
            let scheme = text.prefix { $0 != ":" }
            throw ValidationError(
                "\(name): '\(scheme)…' is not a store: write sqlite: and the path of a file, or postgres://…")
        }
        guard from != to else { throw ValidationError("--from and --to are the same store") }
    }

    func run() async throws {
        guard let from = StoreAddress(from), let to = StoreAddress(to) else { return }
        let report = try await Failure.explaining { try move(from, to) }
        switch output {
        case .json: print(report.json)
        case .table: print(report.text)
        }
        guard report.isEqual else { throw ExitCode(1) }
    }

    private func move(_ from: StoreAddress, _ to: StoreAddress) throws -> MigrateReport {
        guard try from.isMade else { throw StoreError(.unavailable, "there is no store \(from)") }
        let source = try from.moveSource()
        let destination = try to.moveDestination()
        let move = try StoreMove(from: source, to: destination, makeIdentity: JWTSecret.make)
        var report = MigrateReport(from: from.description, to: to.description, isFinal: finish)
        let start = ContinuousClock.now
        if finish {
            report.isEqual = try move.finish { note($0, &report) }
        } else {
            try move.pass { note($0, &report) }
        }
        report.duration = .now - start
        return report
    }

    /// Standard output is for the end.
    private func note(_ table: TableReport, _ report: inout MigrateReport) {
        report.tables.append(table)
        let line = "godwit: \(table.table): \(table.source.rows) rows, \(table.added + table.changed) copied\n"
        FileHandle.standardError.write(Data(line.utf8))
    }
}

/// Where the name and the address of a store become an end of a move.
extension StoreAddress {
    func moveSource() throws(StoreError) -> any MoveEnd {
        switch self {
        case .sqlite(let path): return try SQLiteMoveEnd.source(path: path)
        case .postgres(let address):
            #if Postgres
            return try PostgresMoveEnd.source(address: address, name: description)
            #else
            _ = address
            throw Self.notBuiltIn
            #endif
        }
    }

    func moveDestination() throws(StoreError) -> any MoveEnd {
        switch self {
        case .sqlite(let path): return try SQLiteMoveEnd.destination(path: path)
        case .postgres(let address):
            #if Postgres
            return try PostgresMoveEnd.destination(address: address, name: description)
            #else
            _ = address
            throw Self.notBuiltIn
            #endif
        }
    }
}
