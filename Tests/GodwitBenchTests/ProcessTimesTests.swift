import GodwitBench
import Testing

struct ProcessTimesTests {
    private static func stat(_ name: String) -> String {
        "4242 (\(name)) S 77 4242 4242 0 -1 4194304 5000 0 3 0 123 45 1000 200 20 0 5 0 99999 1000000 1024 18446744073709551615\n"
    }

    @Test("reads the parent, and CPU with that of children that ended", arguments: ["postgres", "a) R 1 (b", "two words"])
    func reads(name: String) throws {
        let times = try #require(ProcessTimes(stat: Self.stat(name), ticksPerSecond: 100))
        #expect(times.parent == 77 && times.cpuMicroseconds == 13_680_000)
    }

    @Test("refuses other text", arguments: ["", "1 (a", "1 (a) S 1 2 3"])
    func refuses(stat: String) {
        #expect(ProcessTimes(stat: stat, ticksPerSecond: 100) == nil)
    }
}
