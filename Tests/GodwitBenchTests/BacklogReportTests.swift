import GodwitBench
import GodwitCore
import Testing

struct BacklogReportTests {
    /// First attempts at 1,000 per second.
    private func report(
        due: Int = 1000, drained: Int = 1000, seconds: Double = 1, peak: Int? = 100_000_000, problems: [String] = []
    ) -> BacklogReport {
        var sink = SinkReport()
        sink.measured = 5000
        sink.lastMeasuredAt = 6_000_000_000
        return BacklogReport(
            firstAttempts: BenchmarkReportTests.report(sink: sink),
            drain: .init(
                wanted: 1000, due: due, drained: drained, nanoseconds: UInt64(seconds * 1e9), residentBytes: 50_000_000,
                residentBytesPeak: peak), problems: problems)
    }

    @Test("is met at eight tenths of the rate of first attempts", arguments: [(1.25, true), (1.26, false)])
    func rate(seconds: Double, isMet: Bool) { #expect(report(seconds: seconds).verdict.isMet == isMet) }

    @Test(
        "is missed when memory is too much, or not known",
        arguments: [(Limits.benchmarkBacklogBytes, true), (Limits.benchmarkBacklogBytes + 1, false), (nil, false)]
            as [(Int?, Bool)])
    func memory(peak: Int?, isMet: Bool) { #expect(report(peak: peak).verdict.isMet == isMet) }

    @Test("is missed when retries did not wait, did not arrive, or anything else went wrong")
    func problems() {
        #expect(report(due: 900, drained: 900).verdict.problems.isEmpty)
        #expect(
            report(due: 899, drained: 899).verdict.problems == ["only 899 of 1000 retries were waiting when the drain began"])
        #expect(report(drained: 999).verdict.problems == ["1 retries did not arrive"])
        #expect(!report(problems: ["what"]).verdict.isMet)
    }

    @Test("writes the documented members")
    func json() throws {
        let json = try JSONValue.parse(JSONWriter.write(report()))
        #expect(json["drain"]?["retries_due"] == .number("1000") && json["drain"]?["per_s"] == .number("1000.0"))
        #expect(json["drain"]?["server_peak_bytes"] == .number("100000000"))
        #expect(json["first_attempts"]?["delivered"]?["per_s"] == .number("1000.0"))
        #expect(json["verdict"] == .string("met"))
        #expect(report().table.contains("50.0 MB before the drain, 100.0 MB at most (RSS)"))
    }

    @Test("plans enough events that so many fail, and a wait in which they can be built", arguments: [100, 1000, 1_000_000])
    func plan(retries: Int) {
        let layout = EndpointLayout(endpoints: 64, applications: 16)
        let plan = BacklogPlan(retries: retries, layout: layout, perSecond: 10_000)
        let deliveries = plan.events * 4
        #expect(deliveries - deliveries / SinkScript.successEach >= retries && deliveries < retries * 2)
        #expect(Double(plan.waitSeconds) * 0.8 > Double(deliveries) / 10_000)
        #expect(Double(plan.secondsUntilAllAreDue) > Double(plan.waitSeconds) * 1.2)
    }

    @Test(
        "keeps the wait within its limits",
        arguments: [(100, 1e6, Limits.benchmarkRetryWait.lowerBound), (1_000_000, 0, Limits.benchmarkRetryWait.upperBound)])
    func wait(retries: Int, perSecond: Double, seconds: Int) {
        let plan = BacklogPlan(retries: retries, layout: EndpointLayout(endpoints: 1), perSecond: perSecond)
        #expect(plan.waitSeconds == seconds)
    }
}
