import ArgumentParser
import GodwitBench
import GodwitCore

/// What endpoints that hang cost the healthy ones.
struct IsolationCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "isolation",
        abstract: "What endpoints that never answer cost the others: throughput and latency with and without them.",
        discussion: """
            Runs the same paced load twice, each time with a fresh server and store: once while every endpoint answers, once while \
            a part of them takes each request and never answers, so that each attempt ends by the server's timeout and is \
            retried by its schedule. Each event goes to every endpoint of one application; the sick are spread evenly over \
            the applications. Only the healthy endpoints are measured. Choose a --rate well below what the machine can do: at \
            saturation the machine is measured, not the isolation.

            Exits with 0; with 1 when the healthy kept less than 95 % of their throughput or more than twice their p99, or \
            anything was lost or refused; with 64 when an option is wrong.
            """)

    @Option(help: "Endpoints in all: 2 to 2000.") var endpoints = 200
    @Option(help: "Applications that they are spread over, 1 to 1000 and no more than endpoints.") var applications = 20
    @Option(help: "Percent of the endpoints that hang in the second run: 1 to 90.") var hangingPercent = 20
    @Option(help: "Publishes per second, each to every endpoint of one application: 1 to 1000000.") var rate = 150
    @Option(help: "How long to measure each run, after the warm-up: 100ms to 1h.") var duration = "30s"
    @Option(help: "How long to load before measuring: 0s to 1h.") var warmup = "2s"
    @Option(help: "How long the server lets a request take: 100ms to 1m.") var requestTimeout = "5s"
    @OptionGroup var load: BenchLoadOptions
    @OptionGroup var output: BenchOutputOptions

    func validate() throws {
        _ = try makeMeasurement("")
        _ = try serverFlags()
    }

    func run() async throws {
        let timeout = try timeout()
        let subject = BenchStage.Subject.ownServer(flags: try serverFlags())
        let calm = try makeMeasurement("without the sick: ")
        let sick = try makeMeasurement("with the sick: ")
        let report = try await output.interruptible { [output] in
            func measure(_ measurement: BenchMeasurement, hangs: Bool) async throws -> BenchmarkReport {
                let script = SinkScript(apart: measurement.layout.apart, hangs: hangs)
                return try await BenchStage.hold(
                    subject, target: .ownSink(script), layout: measurement.layout, keeps: output.keep
                ) { try await measurement.report(on: $0) }
            }
            return IsolationReport(
                calm: try await measure(calm, hangs: false), sick: try await measure(sick, hangs: true),
                requestTimeout: timeout)
        }
        try output.show(report, table: report.table, isSuccess: report.verdict.isMet)
    }

    private func makeMeasurement(_ label: String) throws -> BenchMeasurement {
        BenchMeasurement(
            plan: try load.plan(
                pace: try BenchOption.pace(rate), warmUp: try BenchOption.span(warmup, from: .zero, "warmup"),
                length: .time(try BenchOption.span(duration, from: .milliseconds(100), "duration"))),
            payloadBytes: try load.checkedPayloadBytes(), layout: try layout(), commandLine: output.commandLine(),
            showsProgress: output.showsProgress, label: label)
    }

    private func layout() throws -> EndpointLayout {
        let endpoints = try BenchOption.check(endpoints, in: 2...Limits.benchmarkManyEndpoints, "endpoints")
        let applications = try BenchOption.check(
            applications, in: 1...min(endpoints, Limits.benchmarkApplications), "applications")
        let percent = try BenchOption.check(hangingPercent, in: Limits.benchmarkHangingPercent, "hanging-percent")
        let hanging = endpoints * percent / 100
        guard hanging > 0 else {
            throw ArgumentParser.ValidationError("\(percent) % of \(endpoints) endpoints is none: give more --endpoints")
        }
        return EndpointLayout(endpoints: endpoints, applications: applications, apart: hanging)
    }

    private func timeout() throws -> Duration {
        guard let timeout = Duration(parsing: requestTimeout), Limits.benchmarkRequestTimeout.contains(timeout) else {
            throw ArgumentParser.ValidationError(
                "--request-timeout takes a span of 100ms to 1m, like 5s, not '\(requestTimeout)'")
        }
        return timeout
    }

    private func serverFlags() throws -> [String] {
        _ = try timeout()
        try output.refuse("--request-timeout", "give it as an option of the benchmark")
        return ["--request-timeout", requestTimeout] + output.serveFlags
    }
}
