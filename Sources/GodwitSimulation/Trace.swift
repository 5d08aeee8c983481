/// What happened, as one number that differs as soon as anything differs (FNV-1a), and the last lines for people.
package struct Trace: Sendable {
    package private(set) var digest: UInt64 = 0xCBF2_9CE4_8422_2325
    package private(set) var lastLines: [String] = []
    package private(set) var count = 0

    mutating func note(_ line: String) {
        count += 1
        for byte in line.utf8 {
            digest ^= UInt64(byte)
            digest = digest &* 0x0000_0100_0000_01B3
        }
        lastLines.append(line)
        if lastLines.count > 60 { lastLines.removeFirst(30) }
    }
}
