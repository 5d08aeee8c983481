import GodwitCore
import Testing

@testable import GodwitBench

struct ComparisonTests {
    private func ledger() -> ComparisonLedger {
        var ledger = ComparisonLedger()
        ledger.window = 1000..<2_000_000_000
        return ledger
    }

    @Test("counts what falls into its window, and each event once")
    func window() {
        var ledger = ledger()
        for time in [999, 1000, 1_999_999_999, 2_000_000_000] as [UInt64] { _ = ledger.publish(at: time) }
        #expect(!ledger.isComplete)
        let seen = [0, 1, 2, 3, 1, 9].map { ledger.see($0, at: 2_000_500_000) }
        #expect(seen == [true, true, true, true, false, false])
        ledger.count(requestAt: 999, bytes: 10, isWasted: true)
        ledger.count(requestAt: 1000, bytes: 10, isWasted: true)
        ledger.count(requestAt: 1000, bytes: 90, isWasted: false)
        let row = ledger.row(.push, clients: 2, cpuSeconds: 1)
        #expect((row.events, row.seen, row.requests, row.wasted, row.bytes) == (2, 2, 2, 1, 100))
        #expect(ledger.isComplete && row.missed == 0 && row.wastedPercent == 50 && row.requestsPerEvent == 1)
        #expect(row.bytesOfWasted == 10 && row.bytesOfEvent == 40)
    }

    @Test("calculates another interval from what was measured")
    func calculates() {
        var measured = ComparisonRow(method: .polling(every: .seconds(1)), clients: 100, seconds: 10)
        (measured.events, measured.requests, measured.cpuSeconds) = (100, 1000, 1.2)
        (measured.bytesOfWasted, measured.bytesOfEvent) = (200, 500)
        var nobody = ComparisonRow(method: .nobody, clients: 100, seconds: 10)
        nobody.cpuSeconds = 0.2
        let row = measured.calculated(every: .seconds(10), nobody: nobody)
        #expect(row.isCalculated && row.requests == 100 && row.requestsPerEvent == 1 && row.missed == 0)
        // One event in ten seconds on average: none in e^-1 of the intervals.
        #expect(row.wasted == 37 && row.p50 == 5e6 && row.p99 == 9.9e6)
        #expect(abs(row.cpuSeconds - 0.3) < 1e-9 && row.bytes == 100 * 200 + 100 * 500)
    }

    @Test("e to a power", arguments: [(0.0, 1.0), (-1, 0.36787944), (-0.1, 0.90483742), (-10, 0.0000453999), (-800, 0)])
    func exponential(x: Double, value: Double) { #expect(abs(Power.exponential(x) - value) < 1e-8) }

    @Test(
        "the logarithm is good enough to draw with",
        arguments: [(1.0, 0.0), (10, 1), (1000, 3), (2, 0.30103), (0.05, -1.30103)])
    func logarithm(x: Double, value: Double) { #expect(abs(LineChart.log10(x) - value) < 0.001) }

    @Test("events are the same in every run, in order, and as many as their rate says")
    func timetable() {
        let one = ComparisonTimetable(clients: 10, perMinute: 6, length: .seconds(20), seed: 1)
        #expect(one.events == ComparisonTimetable(clients: 10, perMinute: 6, length: .seconds(20), seed: 1).events)
        #expect(one.events.count == 20 && one.events.map(\.at) == one.events.map(\.at).sorted())
        #expect(one.events.allSatisfy { (0..<10).contains($0.client) && $0.at < .seconds(20) })
        #expect(ComparisonTimetable(clients: 1, perMinute: 0.01, length: .seconds(1), seed: 1).events.count == 1)
    }

    private var report: ComparisonReport {
        var rows: [ComparisonRow] = []
        for clients in [10, 1000] {
            for method in [.nobody, .polling(every: .milliseconds(1500)), .push] as [ComparisonMethod] {
                var row = ComparisonRow(method: method, clients: clients, seconds: 10)
                (row.events, row.seen, row.requests, row.bytes) = (10, 10, clients, 1000)
                (row.p50, row.p99, row.cpuSeconds) = (1234, 5678, Double(clients) / 1000)
                rows.append(row)
            }
        }
        return ComparisonReport(
            rows: rows, commandLine: "godwit compare <x>", machine: "2 cores & more", eventsPerMinute: 6, notes: ["A note."])
    }

    @Test("is a table, JSON and a page that loads nothing")
    func forms() throws {
        let report = report
        #expect(report.table.contains("push (webhook)") && report.table.contains("1,000") && report.table.contains("A note."))
        let json = try JSONValue.parse(JSONWriter.write(report))
        guard case .array(let rows)? = json["rows"] else { throw NoRows() }
        #expect(rows.count == 6 && rows[1]["delay_p50_ms"] == .number("1.234"))
        #expect(report.html.contains("2 cores &amp; more") && report.html.contains("godwit compare &lt;x&gt;"))
        #expect(!report.html.contains("http") && !report.html.contains("<script"))
        #expect(report.html.components(of: "<svg") == report.html.components(of: "</svg>"))
        #expect(report.isComplete)
    }

    private struct NoRows: Error {}
}

extension String {
    fileprivate func components(of part: String) -> Int { ranges(of: part).count }
}
