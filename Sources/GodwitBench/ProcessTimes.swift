/// CPU time of a process and of what it started that has ended, and whose child it is (proc(5)).
package struct ProcessTimes: Hashable, Sendable {
    package let parent: Int32
    /// In user and kernel mode; with that of children that ended.
    package let cpuMicroseconds: Int

    /// - Parameter stat: the text of `/proc/PID/stat`.
    /// - Returns: nil when it isn't what proc(5) says.
    package init?(stat: String, ticksPerSecond: Int) {
        // The second field is the program's name in parentheses, which may itself hold parentheses and spaces.
        guard let nameEnd = stat.lastIndex(of: ")") else { return nil }
        let fields = stat[nameEnd...].split(separator: " ").dropFirst()
        // Fields 4 and 14 to 17 of the manual, which counts from 1; the first here is field 3.
        guard fields.count > 14, let parent = Int32(fields[fields.startIndex + 1]) else { return nil }
        var ticks = 0
        for field in 11...14 {
            guard let count = Int(fields[fields.startIndex + field]) else { return nil }
            ticks += count
        }
        self.parent = parent
        cpuMicroseconds = ticks * (1_000_000 / max(1, ticksPerSecond))
    }
}
