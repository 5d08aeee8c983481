import ArgumentParser
import Foundation
import GodwitBench
import GodwitCore

struct CompareCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare", abstract: "Webhook against API polling on this machine, in numbers.",
        discussion: """
            Starts a server with a fresh store, publishes events at random moments, and lets clients learn of them by polling, by \
            long-polling and by push: requests per event, requests in vain, delay, server CPU and bytes, as clients grow. \
            Intervals longer than --duration are calculated from the shortest one and marked so; --full measures them, which takes \
            three intervals for each. Docs/webhook-or-polling.md explains the figures. Exits with 0; with 1 when an event did not \
            reach its client; with 64 for wrong usage; with 130 after Ctrl-C.
            """)

    @Option(help: "Numbers of clients: 1 to 4000 each.") var clients = "10,100,1000"
    @Option(help: "Intervals of polling: 100ms to 10m each.") var intervals = "1s,5s,30s,60s"
    @Option(help: "How long each measurement takes, after its warm-up: 500ms to 1h.") var duration = "7s"
    @Option(help: "Events of each client in a minute: 0.01 to 6000.") var eventRate = 6.0
    @Flag(help: "Measure every interval.") var full = false
    @Option(help: "Write a page with charts to this file.") var html: String?
    @OptionGroup var output: BenchOutputOptions

    func validate() throws { _ = try plan() }

    func run() async throws {
        let plan = try plan()
        let output = output
        let commandLine = output.commandLine()
        let report = try await output.interruptible {
            let report = try await Comparison(
                plan: plan, serverFlags: output.serveFlags, keeps: output.keep, commandLine: commandLine,
                showsProgress: output.showsProgress
            ).report()
            if let html {
                do { try Data(report.html.utf8).write(to: URL(fileURLWithPath: html)) } catch {
                    throw BenchFailure("\(html) can't be written")
                }
            }
            return report
        }
        try output.show(report, table: report.table, isSuccess: report.isComplete)
    }

    private func plan() throws -> ComparePlan {
        let counts = try clients.split(separator: ",").map { text in
            guard let count = Int(text), (1...Limits.compareClients).contains(count) else {
                throw ArgumentParser.ValidationError(
                    "--clients takes numbers from 1 to \(Limits.compareClients), not '\(text)'")
            }
            return count
        }
        let spans = try intervals.split(separator: ",").map { text in
            guard let span = Duration(parsing: text), Limits.compareIntervals.contains(span) else {
                throw ArgumentParser.ValidationError("--intervals takes spans from 100ms to 10m, not '\(text)'")
            }
            return span
        }
        guard !counts.isEmpty, !spans.isEmpty else {
            throw ArgumentParser.ValidationError("--clients and --intervals take lists, like 10,100 and 1s,5s")
        }
        guard eventRate >= 0.01, eventRate <= 6000 else {
            throw ArgumentParser.ValidationError("--event-rate takes 0.01 to 6000 events a minute, not \(eventRate)")
        }
        return ComparePlan(
            clients: Set(counts).sorted(), intervals: Set(spans).sorted(),
            duration: try BenchOption.span(duration, from: .milliseconds(500), "duration"), eventRate: eventRate,
            measuresAll: full)
    }
}

struct ComparePlan: Sendable {
    let clients: [Int]
    let intervals: [Duration]
    let duration: Duration
    let eventRate: Double
    let measuresAll: Bool

    /// The shortest always is: the others are calculated from it.
    func isMeasured(_ interval: Duration) -> Bool { measuresAll || interval == intervals[0] || interval <= duration }

    func length(_ method: ComparisonMethod) -> Duration {
        if case .polling(let interval) = method {
            max(duration, interval > duration ? interval * 2 : duration)
        } else {
            duration
        }
    }
}
