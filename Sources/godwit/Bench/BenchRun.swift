import Foundation
import GodwitBench
import NIOCore
import NIOPosix

/// One run: starts what is needed, loads, waits for the last arrival, measures, and ends what it started.
struct BenchRun {
    /// Where the events go.
    enum Target {
        case ownSink
        case url(String)
    }

    /// What accepts them.
    enum Subject {
        case ownServer(flags: [String])
        case running(url: String, token: String)
    }

    let plan: LoadPlan
    let payloadBytes: Int
    let endpoints: Int
    let target: Target
    let subject: Subject
    let commandLine: String
    let showsProgress: Bool
    let keeps: Bool

    func report() async throws -> BenchmarkReport {
        let workplace = try BenchWorkplace()
        defer {
            if keeps { BenchProgress.say("kept: \(workplace.folder.path)") } else { workplace.remove() }
        }
        let run = EventTemplate.RunID(rawValue: UInt64.random(in: .min ... .max))
        guard case .ownSink = target else { return try await report(workplace, run, sink: nil) }
        let sink = try await BenchSink.start(workplace, run: run, endpoints: endpoints)
        return try await finally {
            await sink.child.stop()
        } after: {
            try await report(workplace, run, sink: sink)
        }
    }

    private func report(
        _ workplace: BenchWorkplace, _ run: EventTemplate.RunID, sink: BenchSink?
    ) async throws -> BenchmarkReport {
        let server: BenchServer
        switch subject {
        case .ownServer(let flags):
            let token = try await workplace.token()
            let port = try await Machine.freePort()
            let child = try workplace.startServer(port: port, flags: flags)
            server = BenchServer(client: LocalClient(host: "127.0.0.1", port: port), token: token, child: child)
        case .running(let url, let token):
            server = BenchServer(client: LocalClient(url: url), token: token, child: nil)
        }
        return try await finally {
            await server.child?.stop()
        } after: {
            try await server.awaitHealth(workplace)
            let application = try await server.register(sink?.urls ?? targetURLs)
            return try await finally {
                if server.child == nil, !keeps { await server.remove(application) }
            } after: {
                do {
                    return try await measure(server, application, sink, workplace, run)
                } catch {
                    guard server.child?.isRunning == false else { throw error }
                    throw await server.ended(workplace)
                }
            }
        }
    }

    private var targetURLs: [String] {
        guard case .url(let url) = target else { return [] }
        return Array(repeating: url, count: endpoints)
    }

    private func measure(
        _ server: BenchServer, _ application: String, _ sink: BenchSink?, _ workplace: BenchWorkplace,
        _ run: EventTemplate.RunID
    ) async throws -> BenchmarkReport {
        let idle = server.child.flatMap { Machine.usage(of: $0.id) }
        let databaseBefore = Machine.databaseBytes(workplace.database)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loadTarget = LoadTarget(
            host: server.client.host, port: server.client.port, path: "\(application)/msg", token: server.token, run: run,
            payloadBytes: payloadBytes)
        let load = Load(target: loadTarget, plan: plan, on: group.next())
        return try await finally {
            try? await group.shutdownGracefully()
        } after: {
            async let _: Void = BenchProgress(load: load, sink: sink, isShown: showsProgress).show()
            async let result = load.run()
            try await load.warmedUp()
            let before = try await sample(server, sink, load)
            let loaded = try await result
            let lost = try await sink?.awaitArrival(of: loaded.accepted) { server.child?.isRunning != false }
            let after = try await sample(server, sink, load)
            let databaseAfter = Machine.databaseBytes(workplace.database)
            return BenchmarkReport(
                settings: settings, load: loaded, sink: try await sink?.report(), lost: lost, cpu: before.cpu(until: after),
                serverIdleBytes: idle?.residentBytes, serverPeakBytes: after.server?.residentBytesPeak,
                databaseBytes: server.child == nil ? nil : databaseAfter - databaseBefore)
        }
    }

    private func sample(_ server: BenchServer, _ sink: BenchSink?, _ load: Load) async throws -> BenchSample {
        BenchSample(
            server: server.child.flatMap { Machine.usage(of: $0.id) }, sink: sink.flatMap { Machine.usage(of: $0.child.id) },
            own: Machine.usage(of: ProcessInfo.processInfo.processIdentifier), events: try await load.accepted(),
            deliveries: try await sink?.counts().delivered)
    }

    private var settings: BenchmarkReport.Settings {
        let (serverText, store) =
            switch subject {
            case .ownServer: ("started for this run", "sqlite, durable, fresh")
            case .running(let url, _): (url, "not known")
            }
        let targetText = if case .url(let url) = target { url } else { "own sink" }
        return BenchmarkReport.Settings(
            version: Godwit.version, commandLine: commandLine, cores: Machine.cores, processor: Machine.processor,
            server: serverText, store: store, target: targetText, pace: plan.pace, length: plan.length, warmUp: plan.warmUp,
            connections: plan.connections, payloadBytes: payloadBytes, endpoints: endpoints)
    }

    /// Cleans up after success, failure and cancellation alike; `defer` can't wait.
    private func finally<Value>(
        _ cleanUp: () async -> Void, after body: () async throws -> Value
    ) async throws -> Value {
        do {
            let value = try await body()
            await cleanUp()
            return value
        } catch {
            await cleanUp()
            throw error
        }
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
