/// What one process has used so far, as the kernel counts it (proc(5)).
package struct ProcessUsage: Hashable, Sendable {
    /// In user and kernel mode, all threads; counted in ticks of usually 10 ms.
    package let cpuMicroseconds: Int
    package let residentBytes: Int
    package let residentBytesPeak: Int

    private init(cpuMicroseconds: Int, residentBytes: Int, residentBytesPeak: Int) {
        self.cpuMicroseconds = cpuMicroseconds
        self.residentBytes = residentBytes
        self.residentBytesPeak = residentBytesPeak
    }

    /// Of both together; the sum of the peaks, which may have been at different moments.
    package static func + (one: ProcessUsage, other: ProcessUsage) -> ProcessUsage {
        ProcessUsage(
            cpuMicroseconds: one.cpuMicroseconds + other.cpuMicroseconds,
            residentBytes: one.residentBytes + other.residentBytes,
            residentBytesPeak: one.residentBytesPeak + other.residentBytesPeak)
    }

    /// - Parameters:
    ///   - stat: the text of `/proc/PID/stat`.
    ///   - status: the text of `/proc/PID/status`.
    /// - Returns: nil when they aren't what proc(5) says.
    package init?(stat: String, status: String, ticksPerSecond: Int) {
        // The second field is the program's name in parentheses, which may itself hold parentheses and spaces.
        guard let nameEnd = stat.lastIndex(of: ")") else { return nil }
        let fields = stat[nameEnd...].split(separator: " ").dropFirst()
        // Fields 14 and 15 of the manual, which counts from 1; the first here is field 3.
        guard fields.count > 13, let user = Int(fields[fields.startIndex + 11]),
            let system = Int(fields[fields.startIndex + 12]),
            let resident = Self.bytes(of: "VmRSS:", in: status), let peak = Self.bytes(of: "VmHWM:", in: status)
        else { return nil }
        cpuMicroseconds = (user + system) * (1_000_000 / max(1, ticksPerSecond))
        residentBytes = resident
        residentBytesPeak = peak
    }

    /// Reads a line like `VmHWM:     5128 kB`.
    private static func bytes(of name: String, in status: String) -> Int? {
        guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix(name) }) else { return nil }
        let words = line.dropFirst(name.count).split(whereSeparator: { $0 == " " || $0 == "\t" })
        guard words.count == 2, words[1] == "kB", let kilobytes = Int(words[0]) else { return nil }
        return kilobytes * 1024
    }
}
