import GodwitCore

/// What has arrived at a sink: each delivery once, with its latency. It also decides the answers, which depend on that.
package struct SinkLedger: Sendable {
    private let run: EventTemplate.RunID
    private let script: SinkScript
    /// By endpoint.
    private var arrived: [SequenceSet]
    /// First attempts that failed, by endpoint, and how many first attempts there were.
    private var failed: [SequenceSet]
    private var firstAttempts: [Int]
    package private(set) var report = SinkReport()

    package init(run: EventTemplate.RunID, endpoints: Int, script: SinkScript = SinkScript()) {
        self.run = run
        self.script = script
        arrived = [SequenceSet](repeating: SequenceSet(), count: endpoints)
        failed = [SequenceSet](repeating: SequenceSet(), count: script.failsFirstAttempts ? endpoints : 0)
        firstAttempts = [Int](repeating: 0, count: failed.count)
    }

    /// - Parameters:
    ///   - path: the request's path without its first slash: the number of the endpoint.
    ///   - now: nanoseconds of the monotonic clock.
    package mutating func record(path: Span<UInt8>, body: Span<UInt8>, at now: UInt64) -> SinkAnswer {
        guard let endpoint = path.number(after: 0), endpoint < arrived.count, let event = ArrivedEvent(body), event.run == run
        else {
            report.unrecognized += 1
            return .success
        }
        guard endpoint >= script.apart else {
            report.apart += 1
            return script.hangs ? .silence : .success
        }
        if script.failsFirstAttempts, fails(event, at: endpoint) { return .failure }
        guard arrived[endpoint].insert(event.sequence) else {
            report.duplicates += 1
            return .success
        }
        report.delivered += 1
        if script.failsFirstAttempts, failed[endpoint].contains(event.sequence) {
            report.recovered += 1
            report.lastRecoveredAt = now
        }
        if event.isMeasured {
            report.measured += 1
            report.lastMeasuredAt = now
            report.latencies.record(nanoseconds: now > event.sentAt ? now - event.sentAt : 0)
        }
        return .success
    }

    private mutating func fails(_ event: ArrivedEvent, at endpoint: Int) -> Bool {
        guard !failed[endpoint].contains(event.sequence), !arrived[endpoint].contains(event.sequence) else { return false }
        firstAttempts[endpoint] += 1
        guard firstAttempts[endpoint] % SinkScript.successEach != 0 else { return false }
        _ = failed[endpoint].insert(event.sequence)
        report.failed += 1
        return true
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
