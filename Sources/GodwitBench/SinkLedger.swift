import GodwitCore

/// What has arrived at a sink: each delivery once, with its latency.
package struct SinkLedger: Sendable {
    private let run: EventTemplate.RunID
    /// By endpoint.
    private var arrived: [SequenceSet]
    package private(set) var report = SinkReport()

    package init(run: EventTemplate.RunID, endpoints: Int) {
        self.run = run
        arrived = [SequenceSet](repeating: SequenceSet(), count: endpoints)
    }

    /// - Parameters:
    ///   - path: the request's path without its first slash: the number of the endpoint.
    ///   - now: nanoseconds of the monotonic clock.
    package mutating func record(path: Span<UInt8>, body: Span<UInt8>, at now: UInt64) {
        guard let endpoint = path.number(after: 0), endpoint < arrived.count, let event = ArrivedEvent(body), event.run == run
        else {
            report.unrecognized += 1
            return
        }
        guard arrived[endpoint].insert(event.sequence) else {
            report.duplicates += 1
            return
        }
        report.delivered += 1
        guard event.isMeasured else { return }
        report.measured += 1
        report.lastMeasuredAt = now
        report.latencies.record(nanoseconds: now > event.sentAt ? now - event.sentAt : 0)
    }

    /// For a request that could not even be read.
    package mutating func countUnrecognized() { report.unrecognized += 1 }

    /// What a GET of this path is answered with; nil for a path that isn't known.
    ///
    /// `counts` and `report` are JSON; `received/0` is the set of what arrived at the first endpoint, as its bytes.
    package func answer(path: String) -> [UInt8]? {
        let prefix = "received/"
        switch path {
        case "counts":
            var writer = JSONWriter()
            writer.object { report.writeCounts(to: &$0) }
            return writer.finish()
        case "report": return JSONWriter.write(report)
        case _ where path.hasPrefix(prefix):
            guard let endpoint = Int(path.dropFirst(prefix.count)), arrived.indices.contains(endpoint) else { return nil }
            return arrived[endpoint].bytes
        default: return nil
        }
    }
}
