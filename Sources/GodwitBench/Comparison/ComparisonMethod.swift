import GodwitCore

/// A way for clients to learn of events.
package enum ComparisonMethod: Hashable, Sendable {
    /// Nobody asks and nobody is told: what the events alone cost.
    case nobody
    case polling(every: Duration)
    case longPolling
    case push

    package var name: String {
        switch self {
        case .nobody: "nobody"
        case .polling(let interval): "poll \(Self.text(interval)) s"
        case .longPolling: "long-poll"
        case .push: "push (webhook)"
        }
    }

    /// Seconds, with a digit behind the point only if it says something.
    private static func text(_ interval: Duration) -> String {
        let text = Fixed(interval.inSeconds).description
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }

    /// Before what is measured: every client must have asked once, so that requests are in their steady rhythm.
    package var warmUp: Duration {
        if case .polling(let interval) = self { max(interval, .seconds(1)) } else { .seconds(1) }
    }
}

/// When events happen: independently of one another, at a mean rate for each client, the same in every run.
package struct ComparisonTimetable: Sendable {
    package struct Event: Hashable, Sendable {
        /// After the start.
        package let at: Duration
        package let client: Int
    }

    package let events: [Event]

    package init(clients: Int, perMinute: Double, length: Duration, seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let expected = Double(clients) * perMinute * length.inSeconds / 60
        // A Poisson process is independent moments; their count is the expected one, for runs that can be compared.
        events = (0..<max(1, Int(expected.rounded()))).map { _ in
            Event(
                at: length * Double.random(in: 0..<1, using: &random), client: Int.random(in: 0..<clients, using: &random))
        }.sorted { $0.at < $1.at }
    }
}

/// What one method cost with so many clients.
package struct ComparisonRow: Sendable {
    package let method: ComparisonMethod
    package let clients: Int
    package var seconds: Double
    package var events = 0
    /// Of events that happened in that time, those that their client was told.
    package var seen = 0
    package var requests = 0
    /// Requests that brought no event.
    package var wasted = 0
    /// Of requests and answers, heads and bodies.
    package var bytes = 0
    /// In microseconds, from publishing to the client.
    package var p50: Double?
    package var p99: Double?
    package var cpuSeconds: Double = 0
    /// Calculated from another row instead of measured.
    package var isCalculated = false
    /// For calculating: bytes of a request that brings nothing, and of an event.
    package var bytesOfWasted: Double = 0
    package var bytesOfEvent: Double = 0

    package init(method: ComparisonMethod, clients: Int, seconds: Double) {
        self.method = method
        self.clients = clients
        self.seconds = seconds
    }

    package var requestsPerEvent: Double? { events == 0 ? nil : exactRequests / Double(events) }
    package var wastedPercent: Double? { requests == 0 ? nil : 100 * Double(wasted) / Double(requests) }
    package var missed: Int { isCalculated ? 0 : events - seen }
    package var bytesPerEvent: Double? { events == 0 ? nil : Double(bytes) / Double(events) }

    /// A calculated row may have less than one request in its time.
    private var exactRequests: Double {
        if isCalculated, case .polling(let interval) = method {
            Double(clients) * seconds / interval.inSeconds
        } else {
            Double(requests)
        }
    }

    /// Polling at another interval, calculated from one that was measured: clients/interval requests a second; an interval without
    /// an event has the probability e^(-rate·interval) (Poisson); delays are spread evenly over the interval; CPU and bytes
    /// follow the requests, over what the events alone cost.
    package func calculated(every interval: Duration, nobody: ComparisonRow?) -> ComparisonRow {
        var row = ComparisonRow(method: .polling(every: interval), clients: clients, seconds: seconds)
        row.isCalculated = true
        row.events = events
        row.seen = events
        let exact = Double(clients) * seconds / interval.inSeconds
        row.requests = Int(exact.rounded())
        let rate = Double(events) / Double(clients) / seconds
        let empty = Power.exponential(-rate * interval.inSeconds)
        row.wasted = Int((exact * empty).rounded())
        row.p50 = interval.inSeconds * 0.5e6
        row.p99 = interval.inSeconds * 0.99e6
        let base = min(nobody?.cpuSeconds ?? 0, cpuSeconds)
        row.cpuSeconds = base + (requests == 0 ? 0 : (cpuSeconds - base) * exact / Double(requests))
        row.bytes = Int(exact * bytesOfWasted + Double(events) * bytesOfEvent)
        return row
    }
}

/// e to a power, without a library of C.
enum Power {
    /// - Parameter x: at most 0.
    static func exponential(_ x: Double) -> Double {
        guard x > -700 else { return 0 }
        // Halved until the series converges at once, and squared as often.
        var (halved, times) = (x, 0)
        while halved < -0.5 { (halved, times) = (halved / 2, times + 1) }
        var (sum, term) = (1.0, 1.0)
        for k in 1..<20 {
            term *= halved / Double(k)
            sum += term
        }
        for _ in 0..<times { sum *= sum }
        return sum
    }
}
