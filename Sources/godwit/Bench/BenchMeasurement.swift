import Foundation
import GodwitBench
import GodwitCore
import NIOCore
import NIOPosix

/// One load on a stage that is set: its plan, and everything that is measured of it.
struct BenchMeasurement {
    let plan: LoadPlan
    let payloadBytes: Int
    let layout: EndpointLayout
    let commandLine: String
    let showsProgress: Bool
    /// In front of each line of progress, when one command has several loads.
    var label = ""

    /// Loads, waits for the last arrival, and reports.
    func report(on stage: BenchStage) async throws -> BenchmarkReport {
        let (server, sink) = (stage.server, stage.sink)
        let idle = server.usage
        let databaseBefore = Machine.databaseBytes(stage.workplace.database)
        return try await withLoad(on: stage) { load in
            async let _: Void = BenchProgress(load: load, sink: sink, label: label, isShown: showsProgress).show()
            async let result = load.run()
            try await load.warmedUp()
            let before = try await sample(server, sink, load)
            let loaded = try await result
            let arrivals = try await sink?.awaitArrival(of: loaded.accepted) { server.child?.isRunning != false }
            let after = try await sample(server, sink, load)
            let databaseAfter = Machine.databaseBytes(stage.workplace.database)
            return BenchmarkReport(
                settings: settings(stage), load: loaded, sink: try await sink?.report(), arrivals: arrivals,
                cpu: before.cpu(until: after), serverIdleBytes: idle?.residentBytes,
                serverPeakBytes: after.server?.residentBytesPeak,
                databaseBytes: server.child == nil ? nil : databaseAfter - databaseBefore)
        }
    }

    /// Only the load: waits for its last answer, not for arrivals.
    func load(on stage: BenchStage) async throws -> LoadResult {
        try await withLoad(on: stage) { load in
            async let _: Void = BenchProgress(load: load, sink: stage.sink, label: label, isShown: showsProgress).show()
            return try await load.run()
        }
    }

    private func withLoad<Value>(on stage: BenchStage, _ body: (Load) async throws -> Value) async throws -> Value {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let target = LoadTarget(
            host: stage.server.client.host, port: stage.server.client.port,
            paths: stage.registration.applications.map { "\($0)/msg" }, token: stage.server.token, run: stage.run,
            payloadBytes: payloadBytes)
        let load = Load(target: target, plan: plan, on: group.next())
        return try await finally {
            try? await group.shutdownGracefully()
        } after: {
            try await body(load)
        }
    }

    private func sample(_ server: BenchServer, _ sink: BenchSink?, _ load: Load) async throws -> BenchSample {
        BenchSample(
            server: server.usage, sink: sink.flatMap { Machine.usage(of: $0.child.id) },
            own: Machine.usage(of: ProcessInfo.processInfo.processIdentifier), events: try await load.accepted(),
            deliveries: try await sink?.counts().delivered)
    }

    private func settings(_ stage: BenchStage) -> BenchmarkReport.Settings {
        let (server, store) =
            switch stage.subject {
            case .ownServer: ("started for this run", "sqlite, durable, fresh")
            case .running(let url, _): (url, "not known")
            }
        let target = if case .url(let url) = stage.target { url } else { "own sink" }
        return BenchmarkReport.Settings(
            version: Godwit.version, commandLine: commandLine, cores: Machine.cores, processor: Machine.processor,
            server: server, store: store, target: target, pace: plan.pace, length: plan.length, warmUp: plan.warmUp,
            connections: plan.connections, payloadBytes: payloadBytes, layout: layout)
    }
}

/// What everyone had used and done at one moment.
struct BenchSample {
    let server: ProcessUsage?
    let sink: ProcessUsage?
    let own: ProcessUsage?
    let events: Int
    let deliveries: Int?

    func cpu(until later: BenchSample) -> BenchmarkReport.CPU {
        func spent(_ usage: KeyPath<BenchSample, ProcessUsage?>) -> Int? {
            guard let before = self[keyPath: usage], let after = later[keyPath: usage] else { return nil }
            return after.cpuMicroseconds - before.cpuMicroseconds
        }
        let deliveries = later.deliveries.flatMap { after in self.deliveries.map { after - $0 } }
        return BenchmarkReport.CPU(
            serverMicroseconds: spent(\.server), sinkMicroseconds: spent(\.sink), loadMicroseconds: spent(\.own),
            events: later.events - events, deliveries: deliveries)
    }
}
