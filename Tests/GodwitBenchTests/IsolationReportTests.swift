import GodwitBench
import GodwitCore
import Testing

struct IsolationReportTests {
    /// - Parameters:
    ///   - seconds: from the end of the warm-up to the last arrival.
    ///   - apart: attempts at the endpoints that hang.
    private func run(seconds: Double = 10, milliseconds: UInt64, apart: Int = 7, lost: Int = 0) -> BenchmarkReport {
        var sink = SinkReport()
        sink.measured = 1000
        sink.apart = apart
        sink.lastMeasuredAt = 1_000_000_000 + UInt64(seconds * 1e9)
        sink.latencies.record(nanoseconds: milliseconds * 1_000_000)
        var report = BenchmarkReportTests.report(lost: lost, sink: sink)
        report.settings.layout = EndpointLayout(endpoints: 200, applications: 20, apart: 40)
        return report
    }

    private func report(calm: BenchmarkReport, sick: BenchmarkReport) -> IsolationReport {
        IsolationReport(calm: calm, sick: sick, requestTimeout: .seconds(5))
    }

    @Test("is met when the healthy keep what they had")
    func met() {
        let report = report(calm: run(milliseconds: 5, apart: 0), sick: run(seconds: 10.5, milliseconds: 9))
        #expect(report.verdict.isMet && report.verdict.problems.isEmpty)
    }

    @Test("is missed when they get less, or get it later", arguments: [(10.6, 5), (10, 11)] as [(Double, UInt64)])
    func missed(seconds: Double, milliseconds: UInt64) {
        let report = report(calm: run(milliseconds: 5), sick: run(seconds: seconds, milliseconds: milliseconds))
        #expect(!report.verdict.isMet && report.verdict.goals.count { $0.isMet } == 1)
        #expect(report.table.contains("MISSED"))
    }

    @Test("is missed when anything was lost, or nothing hung")
    func problems() {
        #expect(!report(calm: run(milliseconds: 5), sick: run(milliseconds: 5, lost: 1)).verdict.isMet)
        let nothingHung = report(calm: run(milliseconds: 5), sick: run(milliseconds: 5, apart: 0)).verdict
        #expect(nothingHung.problems == ["nothing was sent to the endpoints that hang"])
    }

    @Test("writes the documented members")
    func json() throws {
        let report = report(calm: run(milliseconds: 5), sick: run(milliseconds: 10))
        let json = try JSONValue.parse(JSONWriter.write(report))
        #expect(json["settings"]?["hanging_endpoints"] == .number("40"))
        #expect(json["settings"]?["request_timeout_s"] == .number("5.000"))
        #expect(json["without_sick"]?["delivered"]?["latency_us"]?["p99"] == .number("5000"))
        #expect(json["with_sick"]?["attempts_that_hung"] == .number("7"))
        #expect(json["ratios"]?["p99"] == .number("2.000") && json["ratios"]?["throughput"] == .number("1.000"))
        #expect(json["verdict"] == .string("met"))
        #expect(report.table.contains("own sink, 200 endpoints in 20 applications"))
        #expect(report.table.contains("40 of them never answer; a request is given up after 5.0 s"))
    }
}
