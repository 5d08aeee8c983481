import ArgumentParser
import Foundation
import GodwitBench
import GodwitCore

struct BenchCommand: AsyncParsableCommand {
    enum Output: String, ExpressibleByArgument, CaseIterable { case table, json }

    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure this machine: events accepted and delivered per second, latency, CPU, memory, bytes on disk.",
        discussion: """
            Starts a server of its own with a fresh, durable store and a sink in another process, publishes over kept-alive \
            connections, waits until every accepted event has arrived, and removes everything. Without --rate each connection \
            publishes again as soon as it has its answer; with it, publishes are due at fixed times, and latencies count from \
            when they were due. What follows `--` goes to `godwit serve`, as in: godwit bench -- --endpoint-concurrency 128

            Exits with 0, or with 1 when anything was lost or refused, or 64 when an option is wrong.
            """)

    @Option(help: "How long to measure, after the warm-up: 100ms to 1h. (default: 10s)") var duration: String?
    @Option(help: "Measure this many events instead of a time.") var events: Int?
    @Option(help: "How long to load before measuring: 0s to 1h.") var warmup = "2s"
    @Option(help: "Publishes per second, 1 to 1000000; as fast as the answers come when it is left out.") var rate: Int?
    @Option(help: "Connections that publish, each with one publish on its way: 1 to 4096.") var connections = 64
    @Option(help: "Bytes of an event's payload: 160 to 524288.") var payloadBytes = 512
    @Option(help: "Endpoints that each event goes to: 1 to 64.") var endpoints = 1
    @Option(help: "Deliver to this URL instead of the own sink; arrivals are not measured then.") var target: String?
    @Option(help: "Measure a server that runs on this machine already, with --dev: http://host:port.") var server: String?
    @Option(help: "A bearer token for --server.") var token: String?
    @Option(help: "For people or for programs.") var output = Output.table
    @Flag(help: "A line each second on stderr, also when that is no terminal.") var progress = false
    @Flag(help: "Keep the store and the logs.") var keep = false
    @Argument(parsing: .postTerminator, help: "Flags of `godwit serve`.") var serveFlags: [String] = []

    func validate() throws { _ = try makeRun() }

    func run() async throws {
        let run = try makeRun()
        let work = Task { try await run.report() }
        let signals = TerminationSignals { work.cancel() }
        defer { signals.stop() }
        let report = try await Failure.explaining {
            do {
                return try await work.value
            } catch {
                guard work.isCancelled else { throw error }
                throw ExitCode(130)  // As a shell says of a command that Ctrl-C ended.
            }
        }
        switch output {
        case .table: print(report.table, terminator: "")
        case .json: print(String(decoding: JSONWriter.write(report), as: UTF8.self))
        }
        guard report.problems.isEmpty else { throw ExitCode(1) }
    }

    /// As it was given, but for the token, which must not stand in a report.
    private var shownCommandLine: String {
        var words = ["godwit"] + CommandLine.arguments.dropFirst()
        if let token { words = words.map { $0.replacing(token, with: "…") } }
        return words.joined(separator: " ")
    }

    // MARK: Checking

    private func makeRun() throws -> BenchRun {
        BenchRun(
            plan: LoadPlan(
                connections: try check(connections, in: 1...Limits.benchmarkConnections, "connections"), pace: try pace(),
                warmUp: try span(warmup, from: .zero, "warmup"), length: try length()),
            payloadBytes: try check(payloadBytes, in: Limits.benchmarkPayloadBytes, "payload-bytes"),
            endpoints: try check(endpoints, in: 1...Limits.benchmarkEndpoints, "endpoints"), target: try checkedTarget(),
            subject: try subject(), commandLine: shownCommandLine,
            showsProgress: progress || isatty(STDERR_FILENO) == 1, keeps: keep)
    }

    private func pace() throws -> LoadSchedule.Pace {
        guard let rate else { return .unpaced }
        return .perSecond(try check(rate, in: 1...Limits.benchmarkRate, "rate"))
    }

    private func length() throws -> LoadSchedule.Length {
        guard let events else { return .time(try span(duration ?? "10s", from: .milliseconds(100), "duration")) }
        guard duration == nil else { throw ArgumentParser.ValidationError("give --duration or --events, not both") }
        return .events(try check(events, in: 1...Limits.benchmarkEvents, "events"))
    }

    private func checkedTarget() throws -> BenchRun.Target {
        guard let target else { return .ownSink }
        guard target.hasPrefix("http://") || target.hasPrefix("https://") else {
            throw ArgumentParser.ValidationError("--target takes a URL with http:// or https://, not '\(target)'")
        }
        return .url(target)
    }

    private func subject() throws -> BenchRun.Subject {
        switch (server, token) {
        case (nil, nil): return .ownServer(flags: serveFlags)
        case (let server?, let token?):
            guard server.hasPrefix("http://"), server.count > 7 else {
                throw ArgumentParser.ValidationError("--server takes http://host:port, not '\(server)'")
            }
            guard serveFlags.isEmpty else {
                throw ArgumentParser.ValidationError("flags after -- are for a server of our own, not for --server")
            }
            guard token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
                throw ArgumentParser.ValidationError("--token holds characters that no token has")
            }
            return .running(url: server, token: token)
        default: throw ArgumentParser.ValidationError("--server and --token go together")
        }
    }

    private func check(_ value: Int, in range: ClosedRange<Int>, _ name: String) throws -> Int {
        guard range.contains(value) else {
            throw ArgumentParser.ValidationError("--\(name) takes \(range.lowerBound) to \(range.upperBound), not \(value)")
        }
        return value
    }

    private func span(_ text: String, from least: Duration, _ name: String) throws -> Duration {
        guard let span = Duration(parsing: text), span >= least, span <= Limits.benchmarkDuration else {
            throw ArgumentParser.ValidationError("--\(name) takes a span of up to 1h, like 500ms, 10s or 2m, not '\(text)'")
        }
        return span
    }
}

/// SIGINT and SIGTERM as a call, so that a run can clean up before it ends.
private struct TerminationSignals {
    private let sources: [any DispatchSourceSignal]

    init(_ onSignal: @escaping @Sendable () -> Void) {
        sources = [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler(handler: DispatchWorkItem(block: onSignal))
            source.resume()
            return source
        }
    }

    func stop() { for source in sources { source.cancel() } }
}
