import ArgumentParser
import Foundation
import GodwitBench
import GodwitCore

/// How every benchmark publishes.
struct BenchLoadOptions: ParsableArguments {
    @Option(help: "Connections that publish, each with one publish on its way: 1 to 4096.") var connections = 64
    @Option(help: "Bytes of an event's payload: 160 to 524288.") var payloadBytes = 512

    func plan(pace: LoadSchedule.Pace, warmUp: Duration, length: LoadSchedule.Length) throws -> LoadPlan {
        LoadPlan(
            connections: try BenchOption.check(connections, in: 1...Limits.benchmarkConnections, "connections"), pace: pace,
            warmUp: warmUp, length: length)
    }

    func checkedPayloadBytes() throws -> Int {
        try BenchOption.check(payloadBytes, in: Limits.benchmarkPayloadBytes, "payload-bytes")
    }
}

/// What every benchmark leaves behind, and how it ends.
struct BenchOutputOptions: ParsableArguments {
    enum Output: String, ExpressibleByArgument, CaseIterable { case table, json }

    @Option(help: "For people or for programs.") var output = Output.table
    @Flag(help: "A line each second on stderr, also when that is no terminal.") var progress = false
    @Flag(help: "Keep the store and the logs.") var keep = false
    @Argument(parsing: .postTerminator, help: "Flags of `godwit serve`.") var serveFlags: [String] = []

    var showsProgress: Bool { progress || isatty(STDERR_FILENO) == 1 }

    /// As it was given, but for a secret, which must not stand in a report.
    func commandLine(hiding secret: String? = nil) -> String {
        var words = ["godwit"] + CommandLine.arguments.dropFirst()
        if let secret, !secret.isEmpty {
            // Of an address host and database may be shown.
            let shown = StoreAddress(secret).map { $0.description.replacing("'", with: "") } ?? "…"
            words = words.map { $0.replacing(secret, with: shown) }
        }
        return words.joined(separator: " ")
    }

    /// Flags for the server that an option of the benchmark gives already.
    func refuse(_ flag: String, _ why: String) throws {
        guard !serveFlags.contains(where: { $0 == flag || $0.hasPrefix("\(flag)=") }) else {
            throw ArgumentParser.ValidationError("\(flag) can't follow --: \(why)")
        }
    }

    /// Runs to the end, or cleans up and exits on SIGINT and SIGTERM.
    func interruptible<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) async throws -> Value {
        FileLimit.raise()
        let work = Task { try await body() }
        let signals = TerminationSignals { work.cancel() }
        defer { signals.stop() }
        return try await Failure.explaining {
            do {
                return try await work.value
            } catch {
                guard work.isCancelled else { throw error }
                throw ExitCode(130)  // As a shell says of a command that Ctrl-C ended.
            }
        }
    }

    func show(_ report: some JSONWritable, table: String, isSuccess: Bool) throws {
        switch output {
        case .table: print(table, terminator: "")
        case .json: print(String(decoding: JSONWriter.write(report), as: UTF8.self))
        }
        guard isSuccess else { throw ExitCode(1) }
    }
}

/// What options may hold.
enum BenchOption {
    static func pace(_ rate: Int?) throws -> LoadSchedule.Pace {
        guard let rate else { return .unpaced }
        return .perSecond(try check(rate, in: 1...Limits.benchmarkRate, "rate"))
    }

    static func length(_ duration: String?, _ events: Int?, otherwise usual: String) throws -> LoadSchedule.Length {
        guard let events else { return .time(try span(duration ?? usual, from: .milliseconds(100), "duration")) }
        guard duration == nil else { throw ArgumentParser.ValidationError("give --duration or --events, not both") }
        return .events(try check(events, in: 1...Limits.benchmarkEvents, "events"))
    }

    static func check(_ value: Int, in range: ClosedRange<Int>, _ name: String) throws -> Int {
        guard range.contains(value) else {
            throw ArgumentParser.ValidationError("--\(name) takes \(range.lowerBound) to \(range.upperBound), not \(value)")
        }
        return value
    }

    static func span(_ text: String, from least: Duration, _ name: String) throws -> Duration {
        guard let span = Duration(parsing: text), span >= least, span <= Limits.benchmarkDuration else {
            throw ArgumentParser.ValidationError("--\(name) takes a span of up to 1h, like 500ms, 10s or 2m, not '\(text)'")
        }
        return span
    }
}
