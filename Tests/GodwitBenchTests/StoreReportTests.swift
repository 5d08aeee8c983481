import GodwitBench
import GodwitCore
import Testing

struct StoreReportTests {
    /// 1,000 deliveries in so many seconds.
    private func run(seconds: Double, serverMicroseconds: Int = 1_000_000, databaseMicroseconds: Int? = nil, lost: Int = 0)
        -> BenchmarkReport
    {
        var sink = SinkReport()
        sink.measured = 1000
        sink.lastMeasuredAt = 1_000_000_000 + UInt64(seconds * 1e9)
        var report = BenchmarkReportTests.report(lost: lost, sink: sink)
        report.cpu.serverMicroseconds = serverMicroseconds
        report.cpu.databaseMicroseconds = databaseMicroseconds
        return report
    }

    /// SQLite delivers 1,000 per second, PostgreSQL 500; both full ones what is given of that.
    private func report(full: Double, lost: Int = 0) -> StoreReport {
        var rows = StoreReport.rows(nodeCounts: [1, 2], stored: 5000)
        for (index, row) in rows.enumerated() {
            let seconds = (row.kind == .sqlite ? 1.0 : 2) / (row.stored > 0 ? full : 1)
            let database = row.kind == .sqlite ? nil : 1_000_000 * row.nodes
            rows[index].runs = [run(seconds: seconds, databaseMicroseconds: database, lost: index == 3 ? lost : 0)]
        }
        return StoreReport(
            rows: rows, fillings: [.init(kind: .sqlite, messages: 5000, seconds: 1.5, bytes: 3_000_000)])
    }

    private func array(_ json: JSONValue?) throws -> [JSONValue] {
        try #require({ if case .array(let items)? = json { items } else { nil } }())
    }

    @Test("measures each store empty, then full")
    func rows() {
        let names = StoreReport.rows(nodeCounts: [1, 4], stored: 1_000_000).map(\.name)
        #expect(
            names == [
                "sqlite, empty", "sqlite, 1,000,000 stored", "postgres, empty", "postgres, 1,000,000 stored",
                "postgres, 4 nodes, empty", "postgres, 4 nodes, 1,000,000 stored",
            ])
        #expect(StoreReport.rows(nodeCounts: [], stored: nil).map(\.name) == ["sqlite, empty"])
    }

    @Test(
        "is met at nine tenths of the empty store's throughput, and missed below", arguments: [(0.9001, true), (0.899, false)])
    func goal(full: Double, isMet: Bool) {
        let verdict = report(full: full).verdict
        #expect(verdict.isMet == isMet)
        #expect(
            verdict.goals.map(\.name) == ["stored_ratio_sqlite", "stored_ratio_postgres_1", "stored_ratio_postgres_2"])
    }

    @Test("is missed when anything was lost, and says where")
    func lost() {
        let verdict = report(full: 1, lost: 3).verdict
        #expect(!verdict.isMet && verdict.problems.count == 1)
        #expect(verdict.problems.first?.hasPrefix("postgres, 5,000 stored: 3 deliveries") == true)
    }

    @Test("has no goal when no store was filled")
    func empty() {
        var rows = StoreReport.rows(nodeCounts: [], stored: nil)
        rows[0].runs = [run(seconds: 1)]
        #expect(StoreReport(rows: rows, fillings: []).verdict.isMet)
    }

    @Test(
        "shows the run with the median throughput, and of two the slower",
        arguments: [([1, 4, 2], "500.0"), ([1, 4], "250.0")])
    func median(seconds: [Double], perSecond: String) throws {
        var rows = StoreReport.rows(nodeCounts: [], stored: nil)
        rows[0].runs = seconds.map { run(seconds: $0) }
        let json = try JSONValue.parse(JSONWriter.write(StoreReport(rows: rows, fillings: [])))
        let stores = try array(json["stores"])
        #expect(stores[0]["delivered"]?["per_s"] == .number(perSecond))
        #expect(try array(stores[0]["delivered_per_s_of_each_round"]).count == seconds.count)
    }

    @Test("writes the documented members")
    func json() throws {
        let report = report(full: 0.95)
        let json = try JSONValue.parse(JSONWriter.write(report))
        let stores = try array(json["stores"])
        #expect(stores.count == 6 && stores[5]["nodes"] == .number("2") && stores[5]["stored_messages"] == .number("5000"))
        #expect(stores[5]["ratios"]?["throughput_of_sqlite"] == .number("0.500"))
        #expect(stores[5]["ratios"]?["throughput_of_empty"] == .number("0.950"))
        #expect(stores[5]["ratios"]?["cpu_of_one_node"] == .number("1.500"))
        #expect(stores[4]["ratios"]?["throughput_of_empty"] == .null)
        #expect(stores[4]["cpu"]?["database_us_per_event"] == .number("2000.0"))
        #expect(stores[0]["cpu"]?["database_us_per_event"] == .null)
        #expect(
            json["filled"]
                == .array([
                    .object([
                        .init("store", .string("sqlite")), .init("messages", .number("5000")), .init("seconds", .number("1.5")),
                        .init("bytes", .number("3000000")),
                    ])
                ]))
        #expect(json["verdict"] == .string("met"))
        #expect(report.table.contains("sqlite with 5,000 messages in 1.5 s, 3.0 MB"))
    }
}
