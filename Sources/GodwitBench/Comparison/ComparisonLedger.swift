import GodwitCore

/// What the clients of one run saw. Lives on one event loop; times are nanoseconds of the monotonic clock.
package struct ComparisonLedger: Sendable {
    /// What is measured: requests and events of this time.
    package var window: Range<UInt64> = 0..<0
    private var sentAt: [UInt64] = []
    private var isSeen: [Bool] = []
    private var latencies = Latencies()
    private(set) var requests = 0
    private(set) var wasted = 0
    private var wastedBytes = 0
    private var usefulBytes = 0
    package private(set) var failures = 0

    package init() {}

    /// - Returns: the event's number.
    package mutating func publish(at now: UInt64) -> Int {
        sentAt.append(now)
        isSeen.append(false)
        return sentAt.count - 1
    }

    /// - Returns: whether it is new to its client.
    package mutating func see(_ event: Int, at now: UInt64) -> Bool {
        guard sentAt.indices.contains(event), !isSeen[event] else { return false }
        isSeen[event] = true
        if window.contains(sentAt[event]) { latencies.record(nanoseconds: now - sentAt[event]) }
        return true
    }

    /// - Parameter at: when the request was sent, or for a push its event.
    package mutating func count(requestAt at: UInt64, bytes: Int, isWasted: Bool) {
        guard window.contains(at) else { return }
        requests += 1
        if isWasted { wasted += 1 }
        if isWasted { wastedBytes += bytes } else { usefulBytes += bytes }
    }

    package mutating func fail() { failures += 1 }

    package func sentTime(_ event: Int) -> UInt64? { sentAt.indices.contains(event) ? sentAt[event] : nil }

    package var isComplete: Bool { zip(sentAt, isSeen).allSatisfy { !window.contains($0) || $1 } }

    package func row(_ method: ComparisonMethod, clients: Int, cpuSeconds: Double) -> ComparisonRow {
        var row = ComparisonRow(method: method, clients: clients, seconds: Double(window.upperBound - window.lowerBound) / 1e9)
        row.events = sentAt.count { window.contains($0) }
        row.seen = latencies.count
        (row.requests, row.wasted, row.bytes) = (requests, wasted, wastedBytes + usefulBytes)
        row.p50 = latencies.summary.map { Double($0.p50) }
        row.p99 = latencies.summary.map { Double($0.p99) }
        row.cpuSeconds = cpuSeconds
        row.bytesOfWasted = wasted == 0 ? 0 : Double(wastedBytes) / Double(wasted)
        let framing = row.bytesOfWasted * Double(requests - wasted)
        row.bytesOfEvent = row.events == 0 ? 0 : max(0, Double(usefulBytes) - framing) / Double(row.events)
        return row
    }
}
