import ArgumentParser
import GodwitBench
import GodwitCore

/// How fast a backlog of due retries drains.
struct BacklogCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backlog",
        abstract: "How fast a backlog of due retries drains, against first attempts, and the memory that it takes.",
        discussion: """
            Measures first attempts with a load without pace. Then, with a fresh server and store, publishes events whose first \
            attempts are answered with 500, so that each waits as a retry; disables the endpoints until all are due; enables them, \
            and measures until the last has arrived. (One first attempt in eight succeeds, for no circuit breaker to open; those \
            are not counted.) For a million retries it takes minutes, most of them waiting.

            Exits with 0; with 1 when the retries drained at less than 80 % of the rate of first attempts, the server's memory \
            was not bounded, or anything was lost or refused; with 64 when an option is wrong.
            """)

    @Option(help: "Retries that are due when the drain begins: 100 to 10000000.") var retries = 1_000_000
    @Option(help: "Endpoints in all: 1 to 2000.") var endpoints = 64
    @Option(
        help: "Applications that they are spread over, 1 to 1000; each event goes to every endpoint of one. (default: one each)"
    )
    var applications: Int?
    @Option(help: "How long to measure first attempts, after the warm-up: 100ms to 1h.") var duration = "10s"
    @Option(help: "How long to load before measuring them: 0s to 1h.") var warmup = "2s"
    @OptionGroup var load: BenchLoadOptions
    @OptionGroup var output: BenchOutputOptions

    func validate() throws { _ = try makeRun() }

    func run() async throws {
        let run = try makeRun()
        let report = try await output.interruptible { try await run.report() }
        try output.show(report, table: report.table, isSuccess: report.verdict.isMet)
    }

    private func makeRun() throws -> BacklogRun {
        try output.refuse("--retry-schedule", "the benchmark chooses it, so that all retries are due together")
        let first = BenchMeasurement(
            plan: try load.plan(
                pace: .unpaced, warmUp: try BenchOption.span(warmup, from: .zero, "warmup"),
                length: .time(try BenchOption.span(duration, from: .milliseconds(100), "duration"))),
            payloadBytes: try load.checkedPayloadBytes(), layout: try layout(), commandLine: output.commandLine(),
            showsProgress: output.showsProgress, label: "first attempts: ")
        return BacklogRun(
            retries: try BenchOption.check(retries, in: Limits.benchmarkRetries, "retries"), first: first,
            serverFlags: output.serveFlags, keeps: output.keep)
    }

    private func layout() throws -> EndpointLayout {
        let endpoints = try BenchOption.check(endpoints, in: 1...Limits.benchmarkManyEndpoints, "endpoints")
        let most = min(endpoints, Limits.benchmarkApplications)
        return EndpointLayout(
            endpoints: endpoints, applications: try BenchOption.check(applications ?? most, in: 1...most, "applications"))
    }
}
