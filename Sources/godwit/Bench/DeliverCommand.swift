import ArgumentParser
import Foundation
import GodwitBench
import GodwitCore

/// One load, and what came of it: what `godwit bench` does when nothing else is asked for.
struct DeliverCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deliver",
        abstract: "Events accepted and delivered per second, latency, CPU, memory, bytes on disk.",
        discussion: """
            Starts a server of its own with a fresh, durable store and a sink in another process, publishes over kept-alive \
            connections, waits until every accepted event has arrived, and removes everything. Without --rate each connection \
            publishes again as soon as it has its answer; with it, publishes are due at fixed times, and latencies count from \
            when they were due. What follows `--` goes to `godwit serve`, as in: godwit bench -- --endpoint-concurrency 128

            With --store postgres://… the same load runs on SQLite and on PostgreSQL in turns, once for each of --nodes, with the cost of \
            an event to our servers and to the database's (its CPU only when it runs on this machine). With --stored it runs also on \
            stores that hold so many messages already, and each must deliver at least 90 % of what it delivers when it is empty.

            Exits with 0, or with 1 when anything was lost or refused or that goal was missed, or 64 when an option is wrong.
            """)

    @Option(help: "How long to measure, after the warm-up: 100ms to 1h. (default: 10s)") var duration: String?
    @Option(help: "Measure this many events instead of a time.") var events: Int?
    @Option(help: "How long to load before measuring: 0s to 1h.") var warmup = "2s"
    @Option(help: "Publishes per second, 1 to 1000000; as fast as the answers come when it is left out.") var rate: Int?
    @OptionGroup var load: BenchLoadOptions
    @OptionGroup var stores: BenchStoreOptions
    @Option(help: "Endpoints that each event goes to: 1 to 64.") var endpoints = 1
    @Option(help: "Deliver to this URL instead of the own sink; arrivals are not measured then.") var target: String?
    @Option(help: "Measure a server that runs on this machine already, with --dev: http://host:port.") var server: String?
    @Option(help: "A bearer token for --server.") var token: String?
    @OptionGroup var output: BenchOutputOptions

    func validate() throws {
        _ = try subject()
        _ = try measurement()
        _ = try checkedTarget()
        _ = try comparison()
    }

    func run() async throws {
        if let comparison = try comparison() {
            let report = try await output.interruptible { try await comparison.report() }
            return try output.show(report, table: report.table, isSuccess: report.verdict.isMet)
        }
        let (subject, target, measurement) = (try subject(), try checkedTarget(), try measurement())
        let report = try await output.interruptible {
            try await BenchStage.hold(subject, target: target, layout: measurement.layout, keeps: output.keep) { stage in
                try await measurement.report(on: stage)
            }
        }
        try output.show(report, table: report.table, isSuccess: report.problems.isEmpty)
    }

    private func measurement() throws -> BenchMeasurement {
        let endpoints = try BenchOption.check(endpoints, in: 1...Limits.benchmarkEndpoints, "endpoints")
        return BenchMeasurement(
            plan: try load.plan(
                pace: try BenchOption.pace(rate), warmUp: try BenchOption.span(warmup, from: .zero, "warmup"),
                length: try BenchOption.length(duration, events, otherwise: "10s")),
            payloadBytes: try load.checkedPayloadBytes(), layout: EndpointLayout(endpoints: endpoints),
            commandLine: output.commandLine(hiding: token ?? stores.store), showsProgress: output.showsProgress)
    }

    /// nil for a single run.
    private func comparison() throws -> StoreBenchRun? {
        let run = StoreBenchRun(
            measurement: try measurement(), server: try BenchStoreOptions.server(stores.store),
            nodeCounts: try stores.nodeCounts(),
            stored: try stores.checkedStored(), rounds: try stores.checkedRounds(), serverFlags: output.serveFlags,
            keeps: output.keep)
        guard stores.isComparison else { return nil }
        for (name, value) in [("--server", server), ("--target", target)] where value != nil {
            throw ArgumentParser.ValidationError(
                "\(name) is for a single run: not with --store postgres://…, --stored or --rounds")
        }
        try output.refuse("--store", "give it as an option of the benchmark")
        return run
    }

    private func checkedTarget() throws -> BenchStage.Target {
        guard let target else { return .ownSink(SinkScript()) }
        guard target.hasPrefix("http://") || target.hasPrefix("https://") else {
            throw ArgumentParser.ValidationError("--target takes a URL with http:// or https://, not '\(target)'")
        }
        return .url(target)
    }

    private func subject() throws -> BenchStage.Subject {
        switch (server, token) {
        case (nil, nil): return .ownServer(flags: output.serveFlags)
        case (let server?, let token?):
            guard server.hasPrefix("http://"), server.count > 7 else {
                throw ArgumentParser.ValidationError("--server takes http://host:port, not '\(server)'")
            }
            guard output.serveFlags.isEmpty else {
                throw ArgumentParser.ValidationError("flags after -- are for a server of our own, not for --server")
            }
            guard token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
                throw ArgumentParser.ValidationError("--token holds characters that no token has")
            }
            return .running(url: server, token: token)
        default: throw ArgumentParser.ValidationError("--server and --token go together")
        }
    }
}
