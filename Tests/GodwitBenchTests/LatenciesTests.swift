import GodwitBench
import GodwitCore
import Testing

struct LatenciesTests {
    @Test("sums up known values to three digits")
    func sums() throws {
        var latencies = Latencies()
        for milliseconds in 1...1000 { latencies.record(nanoseconds: UInt64(milliseconds) * 1_000_000) }
        let summary = try #require(latencies.summary)
        #expect((499_500...500_500).contains(summary.p50) && (989_000...991_000).contains(summary.p99))
        #expect((998_000...1_000_000).contains(summary.p999) && summary.max == 1_000_000)
    }

    @Test("has no summary of nothing")
    func empty() { #expect(Latencies().summary == nil) }

    @Test("is the same after it went through JSON, the maximum to the microsecond")
    func survivesJSON() throws {
        var latencies = Latencies()
        for value in [0, 999, 1000, 123_456_789, 7_777_777_000, 4_000_000_000_000] as [UInt64] {
            latencies.record(nanoseconds: value)
        }
        let copy = try #require(Latencies(try JSONValue.parse(JSONWriter.write(latencies))))
        #expect(copy.count == 6 && copy.summary == latencies.summary)
        #expect(copy.summary?.max == 4_000_000_000)
    }

    @Test(
        "refuses other JSON",
        arguments: ["{}", #"{"max_us":1}"#, #"{"max_us":1,"counts":[[1]]}"#, #"{"max_us":-1,"counts":[]}"#])
    func refuses(text: String) throws {
        #expect(Latencies(try JSONValue.parse(Array(text.utf8))) == nil)
    }
}
