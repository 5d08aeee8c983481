import Foundation
import GodwitBench
import GodwitCore
import NIOCore

/// The same load on every store, empty and filled, in turns.
struct StoreBenchRun: Sendable {
    let measurement: BenchMeasurement
    /// The address of any database on a PostgreSQL server; nil when only SQLite is measured.
    let server: String?
    /// Numbers of servers that share a database.
    let nodeCounts: [Int]
    /// Messages of the stores that are filled; nil when none are.
    let stored: Int?
    let rounds: Int
    let serverFlags: [String]
    let keeps: Bool

    /// Stores that were filled, and how that went.
    private struct Filled {
        var file: BenchStore?
        var database: BenchStore?
        var fillings: [StoreReport.Filling] = []
    }

    func report() async throws -> StoreReport {
        if let server { try await BenchDatabase.probe(on: server) }
        guard let stored else { return try await report(Filled()) }
        let workplace = try BenchWorkplace()
        defer {
            if keeps { BenchProgress.say("kept: \(workplace.folder.path)") } else { workplace.remove() }
        }
        var filled = Filled(file: workplace.store)
        filled.fillings.append(try await fill(workplace.store, .sqlite, stored))
        guard let server else { return try await report(filled) }
        return try await BenchDatabase.hold(on: server, keeps: keeps) { database in
            var filled = filled
            filled.database = .database(database)
            filled.fillings.append(try await fill(.database(database), .postgres, stored))
            try database.settle()
            return try await report(filled)
        }
    }

    private func fill(_ store: BenchStore, _ kind: StoreReport.Kind, _ messages: Int) async throws -> StoreReport.Filling {
        let start = NIODeadline.now()
        let dataset = APIDataset(messages: messages, endpoints: 1, end: .now)
        _ = try await APIStoreFiller(dataset, store, showsProgress: measurement.showsProgress).fill()
        return StoreReport.Filling(
            kind: kind, messages: messages, seconds: Double((NIODeadline.now() - start).nanoseconds) / 1e9,
            bytes: try store.sample().bytes)
    }

    private func report(_ filled: Filled) async throws -> StoreReport {
        var rows = StoreReport.rows(nodeCounts: nodeCounts, stored: stored)
        for _ in 0..<rounds {
            for index in rows.indices { rows[index].runs.append(try await measure(rows[index], filled)) }
        }
        return StoreReport(rows: rows, fillings: filled.fillings)
    }

    private func measure(_ row: StoreReport.Row, _ filled: Filled) async throws -> BenchmarkReport {
        switch (row.kind, row.stored > 0) {
        case (.sqlite, false): return try await measure(row, on: nil)
        case (.sqlite, true): return try await measure(row, on: filled.file)
        case (.postgres, true): return try await measure(row, on: filled.database)
        case (.postgres, false):
            guard let server else { throw BenchFailure("there is no server to make a database on") }
            return try await BenchDatabase.hold(on: server, keeps: keeps) { try await measure(row, on: .database($0)) }
        }
    }

    private func measure(_ row: StoreReport.Row, on store: BenchStore?) async throws -> BenchmarkReport {
        var measurement = measurement
        measurement.label = "\(row.name): "
        measurement.isFilled = row.stored > 0
        return try await BenchStage.hold(
            .ownServers(store: store, nodes: row.nodes, flags: serverFlags), target: .ownSink(SinkScript()),
            layout: measurement.layout, keeps: keeps
        ) { [measurement] in try await measurement.report(on: $0) }
    }
}
