import GodwitBench
import GodwitCore
import Testing

struct BenchmarkReportTests {
    static func report(lost: Int? = 0, sink: SinkReport? = SinkReport(), change: (inout LoadResult) -> Void = { _ in })
        -> BenchmarkReport
    {
        let settings = BenchmarkReport.Settings(
            version: "0.1.0", commandLine: "godwit bench", cores: 2, processor: "Test \"CPU\"", server: "own", store: "sqlite",
            target: "own sink", pace: .perSecond(500), length: .time(.milliseconds(1500)), warmUp: .seconds(2), connections: 64,
            payloadBytes: 512, layout: EndpointLayout(endpoints: 2))
        var load = LoadResult()
        load.measuredFrom = 1_000_000_000
        load.lastAcceptedAt = 3_000_000_000
        load.measuredAccepted = 1000
        for sequence in 0..<1200 { _ = load.accepted.insert(sequence) }
        load.latencies.record(nanoseconds: 1_234_000)
        change(&load)
        return BenchmarkReport(
            settings: settings, load: load, sink: sink, arrivals: lost.map { Arrivals(expected: 2400, missing: $0) },
            cpu: .init(
                serverMicroseconds: 100_000, sinkMicroseconds: 160_000, loadMicroseconds: 110_000, events: 1000,
                deliveries: sink.map { _ in 2000 }),
            serverIdleBytes: 30_000_000, serverPeakBytes: 40_500_000, databaseBytes: 1_200_000)
    }

    private func report(lost: Int? = 0, sink: SinkReport? = SinkReport(), change: (inout LoadResult) -> Void = { _ in })
        -> BenchmarkReport
    { Self.report(lost: lost, sink: sink, change: change) }

    private func json(_ report: BenchmarkReport) throws -> JSONValue { try JSONValue.parse(JSONWriter.write(report)) }

    @Test("writes the documented members")
    func shape() throws {
        let json = try json(report())
        guard case .object(let members) = json else { throw JSONShapeMissing() }
        #expect(
            members.map(\.name) == [
                "godwit", "command", "cores", "processor", "settings", "accepted", "delivered", "refused", "cpu", "memory",
                "database", "problems",
            ])
        #expect(json["accepted"]?["per_s"] == .number("500.0"))
        #expect(json["accepted"]?["latency_us"]?["p99_9"] == .number("1234"))
        #expect(json["settings"]?["duration_s"] == .number("1.500") && json["settings"]?["events"] == .null)
        #expect(json["settings"]?["endpoints"] == .number("2") && json["settings"]?["applications"] == .number("1"))
        #expect(json["cpu"]?["server_us_per_delivery"] == .number("50.0"))
        #expect(json["cpu"]?["sink_us_per_delivery"] == .number("80.0"))
        #expect(json["database"]?["bytes_per_event"] == .number("1000"))
        #expect(json["problems"] == .array([]))
    }

    struct JSONShapeMissing: Error {}

    @Test("says null for what was not measured, and the table says so")
    func unmeasured() throws {
        let report = report(lost: nil, sink: nil)
        #expect(try json(report)["delivered"] == .null)
        #expect(try json(report)["cpu"]?["server_us_per_delivery"] == .null)
        #expect(report.table.contains("not measured: the target is not our sink") && report.problems.isEmpty)
    }

    @Test("does not divide CPU times that are too short for the kernel's ticks")
    func shortRuns() throws {
        var report = report()
        report.cpu.serverMicroseconds = 90_000
        #expect(try json(report)["cpu"]?["server_us_per_delivery"] == .null)
        #expect(report.table.contains("server CPU      not measured"))
    }

    @Test("has a problem for everything that went wrong")
    func problems() {
        #expect(report(lost: 3).problems.count == 1)
        #expect(report { $0.refused = [500: 1, 422: 2] }.problems.count == 1)
        #expect(report { $0.unanswered = 1 }.problems.count == 1)
        #expect(report { $0.neverSent = 1 }.problems.count == 1)
        #expect(report { $0.measuredAccepted = 0 }.problems.count == 1)
        #expect(report { $0.overloaded = 5 }.problems.isEmpty)
    }

    @Test("shows the table to people")
    func table() {
        let table = report(lost: 3).table
        #expect(table.contains("500 publishes per second, 64 connections, 512-byte payload, 1.5 s after 2.0 s of warm-up"))
        #expect(
            table.contains("1.23") && table.contains("50.0 µs per delivery")
                && table.contains("30.0 MB before the load, 40.5 MB at most"))
        #expect(table.contains("lost            3 of 2400 deliveries; 0 arrived twice"))
        #expect(table.contains("PROBLEM         3 deliveries of accepted events did not arrive"))
    }
}
