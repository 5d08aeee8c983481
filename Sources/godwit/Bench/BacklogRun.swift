import GodwitBench
import GodwitCore
import NIOCore

/// The two runs of `godwit bench backlog`: first attempts, then retries that are all due.
struct BacklogRun {
    let retries: Int
    /// Of first attempts; the backlog is published by the same connections to the same endpoints.
    let first: BenchMeasurement
    let serverFlags: [String]
    let keeps: Bool

    func report() async throws -> BacklogReport {
        let firstAttempts = try await BenchStage.hold(
            .ownServer(flags: serverFlags), target: .ownSink(SinkScript()), layout: first.layout, keeps: keeps
        ) { try await first.report(on: $0) }
        let plan = BacklogPlan(retries: retries, layout: first.layout, perSecond: firstAttempts.delivered?.perSecond ?? 0)
        let wait = "\(plan.waitSeconds)s"
        return try await BenchStage.hold(
            // More than once, for those whose first retry comes while the others are still being built.
            .ownServer(flags: ["--retry-schedule", "\(wait),\(wait),\(wait)"] + serverFlags),
            target: .ownSink(SinkScript(failsFirstAttempts: true)), layout: first.layout, keeps: keeps
        ) { stage in
            guard let sink = stage.sink else { throw BenchFailure("the backlog needs its sink") }
            let loaded = try await build(plan, stage, sink)
            let drain = try await drain(plan, stage, sink)
            return BacklogReport(
                firstAttempts: firstAttempts, drain: drain, problems: try await problems(loaded, stage, sink))
        }
    }

    /// Publishes until so many first attempts have failed, and waits until what failed is due.
    private func build(_ plan: BacklogPlan, _ stage: BenchStage, _ sink: BenchSink) async throws -> LoadResult {
        let load = LoadPlan(
            connections: first.plan.connections, pace: .unpaced, warmUp: .zero, length: .events(plan.events))
        let measurement = BenchMeasurement(
            plan: load, payloadBytes: first.payloadBytes, layout: first.layout, commandLine: first.commandLine,
            showsProgress: first.showsProgress, label: "backlog: ")
        let loaded = try await measurement.load(on: stage)
        let expected = first.layout.deliveries(of: loaded.accepted)
        try await follow(sink, until: expected, of: \.tried, saying: "backlog: ")
        // Nothing leaves before all of it may.
        try await stage.server.setDisabled(true, stage.registration)
        for second in stride(from: plan.secondsUntilAllAreDue, to: 0, by: -1) {
            if first.showsProgress { BenchProgress.say("backlog: all are due in \(second) s") }
            try await Machine.pause(.seconds(1))
        }
        return loaded
    }

    private func drain(_ plan: BacklogPlan, _ stage: BenchStage, _ sink: BenchSink) async throws -> BacklogReport.Drain {
        let before = try await sink.counts()
        let residentBytes = stage.server.usage?.residentBytes
        let start = NIODeadline.now().uptimeNanoseconds
        try await stage.server.setDisabled(false, stage.registration)
        let after = try await follow(sink, until: before.failed, of: \.recovered, saying: "drain: ")
        return BacklogReport.Drain(
            wanted: retries, due: before.failed - before.recovered, drained: after.recovered - before.recovered,
            nanoseconds: after.lastRecoveredAt > start ? after.lastRecoveredAt - start : 0, residentBytes: residentBytes,
            residentBytesPeak: stage.server.usage?.residentBytesPeak)
    }

    /// Waits until a count of the sink is reached, or nothing arrives any more; says a line each second.
    @discardableResult
    private func follow(
        _ sink: BenchSink, until wanted: Int, of count: KeyPath<SinkReport, Int>, saying label: String
    ) async throws -> SinkReport {
        var counts = try await sink.counts()
        var last = (said: NIODeadline.now(), count: counts[keyPath: count], arrival: NIODeadline.now())
        var seen = last.count
        while counts[keyPath: count] < wanted, NIODeadline.now() - last.arrival < TimeAmount(Limits.benchmarkSilence) {
            try await Machine.pause(.milliseconds(50))
            counts = try await sink.counts()
            let now = counts[keyPath: count]
            if now != seen { last.arrival = .now() }
            seen = now
            guard first.showsProgress, NIODeadline.now() - last.said >= .seconds(1) else { continue }
            BenchProgress.say("\(label)\(now) of \(wanted)  \(now - last.count)/s")
            (last.said, last.count) = (.now(), now)
        }
        return counts
    }

    private func problems(_ loaded: LoadResult, _ stage: BenchStage, _ sink: BenchSink) async throws -> [String] {
        var problems: [String] = []
        let arrivals = try await sink.awaitArrival(of: loaded.accepted) { stage.server.child?.isRunning != false }
        if arrivals.missing > 0 { problems.append("\(arrivals.missing) deliveries of accepted events did not arrive") }
        let refusals = loaded.refused.values.reduce(0, +)
        if refusals > 0 { problems.append("\(refusals) publishes were refused: \(loaded.firstRefusal ?? "")") }
        if loaded.unanswered > 0 { problems.append("\(loaded.unanswered) publishes got no answer") }
        return problems
    }
}
