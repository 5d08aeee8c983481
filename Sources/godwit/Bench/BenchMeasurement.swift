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
    /// Whether the store holds something already.
    var isFilled = false

    /// Loads, waits for the last arrival, and reports.
    func report(on stage: BenchStage) async throws -> BenchmarkReport {
        let sink = stage.sink
        let idle = stage.usage
        let databaseBefore = try sampleStore(stage)
        return try await withLoad(on: stage) { load in
            async let _: Void = BenchProgress(load: load, sink: sink, label: label, isShown: showsProgress).show()
            async let result = load.run()
            try await load.warmedUp()
            let before = try await sample(stage, load)
            let loaded = try await result
            let arrivals = try await sink?.awaitArrival(of: loaded.accepted) { stage.serversAreRunning }
            let after = try await sample(stage, load)
            return BenchmarkReport(
                settings: settings(stage), load: loaded, sink: try await sink?.report(), arrivals: arrivals,
                cpu: before.cpu(until: after), serverIdleBytes: idle?.residentBytes,
                serverPeakBytes: after.server?.residentBytesPeak,
                databaseBytes: BenchSample.difference(after.store?.bytes, databaseBefore?.bytes),
                databaseLogBytes: BenchSample.difference(after.store?.logBytes, before.store?.logBytes))
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
            host: stage.server.client.host, ports: stage.servers.map(\.client.port),
            paths: stage.registration.applications.map { "\($0)/msg" }, token: stage.server.token, run: stage.run,
            payloadBytes: payloadBytes)
        let load = Load(target: target, plan: plan, on: group.next())
        return try await finally {
            try? await group.shutdownGracefully()
        } after: {
            try await body(load)
        }
    }

    private func sample(_ stage: BenchStage, _ load: Load) async throws -> BenchSample {
        BenchSample(
            server: stage.usage, store: try sampleStore(stage), sink: stage.sink.flatMap { Machine.usage(of: $0.child.id) },
            own: Machine.usage(of: ProcessInfo.processInfo.processIdentifier), events: try await load.accepted(),
            deliveries: try await stage.sink?.counts().delivered)
    }

    /// nil when it isn't ours.
    private func sampleStore(_ stage: BenchStage) throws -> BenchStoreSample? {
        stage.server.child == nil ? nil : try stage.workplace.store.sample()
    }

    private func settings(_ stage: BenchStage) -> BenchmarkReport.Settings {
        let (server, store) =
            switch stage.subject {
            case .ownServers: ("started for this run", "\(stage.workplace.store.name), durable\(isFilled ? "" : ", fresh")")
            case .running(let url, _): (url, "not known")
            }
        let target = if case .url(let url) = stage.target { url } else { "own sink" }
        return BenchmarkReport.Settings(
            version: Godwit.version, commandLine: commandLine, cores: Machine.cores, processor: Machine.processor,
            server: server, store: store, target: target, pace: plan.pace, length: plan.length, warmUp: plan.warmUp,
            connections: plan.connections, payloadBytes: payloadBytes, layout: layout, nodes: stage.servers.count)
    }
}

/// What everyone had used and done at one moment.
struct BenchSample {
    /// All servers together.
    let server: ProcessUsage?
    let store: BenchStoreSample?
    let sink: ProcessUsage?
    let own: ProcessUsage?
    let events: Int
    let deliveries: Int?

    func cpu(until later: BenchSample) -> BenchmarkReport.CPU {
        func spent(_ usage: KeyPath<BenchSample, ProcessUsage?>) -> Int? {
            guard let before = self[keyPath: usage], let after = later[keyPath: usage] else { return nil }
            return after.cpuMicroseconds - before.cpuMicroseconds
        }
        let deliveries = Self.difference(later.deliveries, deliveries)
        return BenchmarkReport.CPU(
            serverMicroseconds: spent(\.server), sinkMicroseconds: spent(\.sink), loadMicroseconds: spent(\.own),
            databaseMicroseconds: Self.difference(later.store?.cpuMicroseconds, store?.cpuMicroseconds),
            events: later.events - events, deliveries: deliveries)
    }

    static func difference(_ after: Int?, _ before: Int?) -> Int? {
        guard let after, let before else { return nil }
        return after - before
    }
}
