/// What one run of the benchmark measured. Values that could not be measured are nil, and shown as that.
package struct BenchmarkReport: Sendable {
    package struct Settings: Sendable {
        package var version: String
        package var commandLine: String
        package var cores: Int
        package var processor: String
        package var server: String
        package var store: String
        package var target: String
        package var pace: LoadSchedule.Pace
        package var length: LoadSchedule.Length
        package var warmUp: Duration
        package var connections: Int
        package var payloadBytes: Int
        package var layout: EndpointLayout
        /// Servers that share the store.
        package var nodes = 1

        package init(
            version: String, commandLine: String, cores: Int, processor: String, server: String, store: String, target: String,
            pace: LoadSchedule.Pace, length: LoadSchedule.Length, warmUp: Duration, connections: Int, payloadBytes: Int,
            layout: EndpointLayout, nodes: Int = 1
        ) {
            self.version = version
            self.commandLine = commandLine
            self.cores = cores
            self.processor = processor
            self.server = server
            self.store = store
            self.target = target
            self.pace = pace
            self.length = length
            self.warmUp = warmUp
            self.connections = connections
            self.payloadBytes = payloadBytes
            self.layout = layout
            self.nodes = nodes
        }
    }

    /// Events or deliveries after the warm-up.
    package struct Flow: Sendable {
        package let count: Int
        /// From the end of the warm-up to the last one.
        package let perSecond: Double
        package let latency: Latencies.Summary?

        package init(count: Int, from start: UInt64, to end: UInt64, latencies: Latencies) {
            self.count = count
            perSecond = end > start ? Double(count) * 1e9 / Double(end - start) : 0
            latency = latencies.summary
        }
    }

    /// CPU time between the end of the warm-up and the last arrival, and what it was spent on.
    package struct CPU: Sendable {
        package var serverMicroseconds: Int?
        package var sinkMicroseconds: Int?
        package var loadMicroseconds: Int?
        /// Of a database server on this machine, with all that it did for others; nil without one.
        package var databaseMicroseconds: Int?
        package var events: Int
        /// nil without a sink.
        package var deliveries: Int?

        package init(
            serverMicroseconds: Int?, sinkMicroseconds: Int?, loadMicroseconds: Int?, databaseMicroseconds: Int? = nil,
            events: Int, deliveries: Int?
        ) {
            self.serverMicroseconds = serverMicroseconds
            self.sinkMicroseconds = sinkMicroseconds
            self.loadMicroseconds = loadMicroseconds
            self.databaseMicroseconds = databaseMicroseconds
            self.events = events
            self.deliveries = deliveries
        }

        /// The kernel counts in ticks of 10 ms: fewer than ten of them would give a number that says nothing.
        private static let microsecondsMin = 100_000

        static func each(_ microseconds: Int?, of count: Int?) -> Double? {
            guard let microseconds, microseconds >= microsecondsMin, let count, count > 0 else { return nil }
            return Double(microseconds) / Double(count)
        }
    }

    package var settings: Settings
    package var accepted: Flow
    /// nil when the target is not our sink.
    package var delivered: Flow?
    /// Deliveries of accepted events: what was lost did not arrive. nil when the target is not our sink.
    package var arrivals: Arrivals?
    package var duplicates: Int?
    package var unrecognized: Int?
    /// Attempts at endpoints that are not measured.
    package var apartAttempts: Int?
    /// With the warm-up.
    package var acceptedInAll: Int
    package var overloaded: Int
    package var refused: [Int: Int]
    package var firstRefusal: String?
    package var unanswered: Int
    package var neverSent: Int
    package var cpu: CPU
    package var serverIdleBytes: Int?
    package var serverPeakBytes: Int?
    package var databaseBytes: Int?
    /// What a database server wrote to its log, between the moments of `cpu`.
    package var databaseLogBytes: Int?

    package init(
        settings: Settings, load: LoadResult, sink: SinkReport?, arrivals: Arrivals?, cpu: CPU, serverIdleBytes: Int?,
        serverPeakBytes: Int?, databaseBytes: Int?, databaseLogBytes: Int? = nil
    ) {
        self.settings = settings
        accepted = Flow(
            count: load.measuredAccepted, from: load.measuredFrom, to: load.lastAcceptedAt, latencies: load.latencies)
        delivered = sink.map {
            Flow(count: $0.measured, from: load.measuredFrom, to: $0.lastMeasuredAt, latencies: $0.latencies)
        }
        self.arrivals = arrivals
        duplicates = sink?.duplicates
        unrecognized = sink?.unrecognized
        apartAttempts = sink?.apart
        acceptedInAll = load.accepted.count
        overloaded = load.overloaded
        refused = load.refused
        firstRefusal = load.firstRefusal
        unanswered = load.unanswered
        neverSent = load.neverSent
        self.cpu = cpu
        self.serverIdleBytes = serverIdleBytes
        self.serverPeakBytes = serverPeakBytes
        self.databaseBytes = databaseBytes
        self.databaseLogBytes = databaseLogBytes
    }

    /// Why the run does not count as a success; empty when it does.
    package var problems: [String] {
        var problems: [String] = []
        if let lost = arrivals?.missing, lost > 0 { problems.append("\(lost) deliveries of accepted events did not arrive") }
        let refusals = refused.values.reduce(0, +)
        if refusals > 0 { problems.append("\(refusals) publishes were refused: \(firstRefusal ?? "")") }
        if unanswered > 0 { problems.append("\(unanswered) publishes got no answer") }
        if let unrecognized, unrecognized > 0 { problems.append("\(unrecognized) requests at the sink were not of this run") }
        if neverSent > 0 {
            problems.append("\(neverSent) publishes were due and never sent: the rate is more than the server takes")
        }
        if accepted.count == 0 { problems.append("no event was accepted after the warm-up") }
        return problems
    }

    var databaseBytesPerEvent: Int? {
        databaseBytes.flatMap { acceptedInAll > 0 ? $0 / acceptedInAll : nil }
    }

    var databaseLogBytesPerEvent: Int? {
        databaseLogBytes.flatMap { cpu.events > 0 ? $0 / cpu.events : nil }
    }
}
