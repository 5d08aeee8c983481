import GodwitBench
import GodwitCore
import Testing

@Suite("The report of lists") struct ListReportTests {
    private func report(milliseconds: [UInt64], problems: [String] = []) -> ListReport {
        var slow = ListReport.List(name: "attempts, status 2")
        for time in milliseconds { slow.note(nanoseconds: time * 1_000_000, items: 50) }
        var quick = ListReport.List(name: "messages")
        quick.note(nanoseconds: 1_000_000, items: 7)
        return ListReport(
            settings: .init(version: "0", commandLine: "godwit bench api", cores: 2, processor: "p"),
            size: .init(messages: 1000, deliveries: 10_000, attempts: 10_600, databaseBytes: 5_000_000, seconds: 2),
            lists: [quick, slow], problems: problems)
    }

    @Test("is judged by its slowest list")
    func verdict() throws {
        #expect(report(milliseconds: Array(repeating: 20, count: 100)).verdict.isMet)
        let late = report(milliseconds: Array(repeating: 2, count: 98) + [21, 22])
        #expect(!late.verdict.isMet)
        #expect(late.verdict.goals.first?.title.contains("attempts, status 2") == true)
        #expect(!report(milliseconds: [1], problems: ["refused"]).verdict.isMet)
    }

    @Test("names each list with its times, for people and for programs")
    func output() throws {
        let report = report(milliseconds: [3])
        #expect(report.table.contains("attempts, status 2") && report.table.contains("10,600 attempts"))
        let json = try JSONValue.parse(JSONWriter.write(report))
        guard case .array(let lists)? = json["lists"] else { throw JSONMissing() }
        #expect(lists.count == 2 && lists[0]["items_per_page"] == .number("7.0"))
    }

    private struct JSONMissing: Error {}
}
