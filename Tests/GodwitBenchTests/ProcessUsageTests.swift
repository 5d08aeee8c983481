import GodwitBench
import Testing

struct ProcessUsageTests {
    private static let status = "Name:\tgodwit\nVmPeak:\t  999 kB\nVmHWM:\t   5128 kB\nVmRSS:\t   4096 kB\nThreads:\t5\n"

    @Test("reads the kernel's text, whatever the program's name", arguments: ["godwit", "a) R 1 (b", "two words"])
    func reads(name: String) throws {
        let stat =
            "4242 (\(name)) S 1 4242 4242 0 -1 4194304 5000 0 3 0 123 45 0 0 20 0 5 0 99999 1000000 1024 18446744073709551615\n"
        let usage = try #require(ProcessUsage(stat: stat, status: Self.status, ticksPerSecond: 100))
        #expect(usage.cpuMicroseconds == 1_680_000)
        #expect(usage.residentBytes == 4096 * 1024 && usage.residentBytesPeak == 5128 * 1024)
    }

    @Test("refuses other text", arguments: ["", "1 (a", "1 (a) S 1 2 3"])
    func refuses(stat: String) {
        #expect(ProcessUsage(stat: stat, status: Self.status, ticksPerSecond: 100) == nil)
    }
}
