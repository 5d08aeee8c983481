import Foundation
import GodwitBench

/// What a run needs, started and registered: a server, a sink, and the applications with their endpoints.
struct BenchStage {
    let subject: Subject
    let target: Target
    let workplace: BenchWorkplace
    let run: EventTemplate.RunID
    let server: BenchServer
    /// nil when the events go elsewhere.
    let sink: BenchSink?
    let registration: BenchServer.Registration

    /// Where the events go.
    enum Target {
        case ownSink(SinkScript)
        case url(String)
    }

    /// What accepts them.
    enum Subject {
        case ownServer(flags: [String])
        case running(url: String, token: String)
    }

    /// Sets the stage, hands it over, and ends whatever was started, however that goes.
    static func hold<Value>(
        _ subject: Subject, target: Target, layout: EndpointLayout, keeps: Bool,
        _ body: (BenchStage) async throws -> Value
    ) async throws -> Value {
        let workplace = try BenchWorkplace()
        defer {
            if keeps { BenchProgress.say("kept: \(workplace.folder.path)") } else { workplace.remove() }
        }
        let run = EventTemplate.RunID(rawValue: UInt64.random(in: .min ... .max))
        let sink: BenchSink?
        let urls: [String]
        switch target {
        case .ownSink(let script):
            let started = try await BenchSink.start(workplace, run: run, layout: layout, script: script)
            (sink, urls) = (started, started.urls)
        case .url(let url): (sink, urls) = (nil, Array(repeating: url, count: layout.endpoints))
        }
        return try await finally {
            await sink?.child.stop()
        } after: {
            let server = try await start(subject, workplace)
            return try await finally {
                await server.child?.stop()
            } after: {
                try await server.awaitHealth(workplace)
                let registration = try await server.register(urls, in: layout)
                let stage = BenchStage(
                    subject: subject, target: target, workplace: workplace, run: run, server: server, sink: sink,
                    registration: registration)
                return try await finally {
                    if server.child == nil, !keeps { await server.remove(registration) }
                } after: {
                    do {
                        return try await body(stage)
                    } catch {
                        guard server.child?.isRunning == false else { throw error }
                        throw await server.ended(workplace)
                    }
                }
            }
        }
    }

    private static func start(_ subject: Subject, _ workplace: BenchWorkplace) async throws -> BenchServer {
        switch subject {
        case .ownServer(let flags):
            let token = try await workplace.token()
            let port = try await Machine.freePort()
            let child = try workplace.startServer(port: port, flags: flags)
            return BenchServer(client: LocalClient(host: "127.0.0.1", port: port), token: token, child: child)
        case .running(let url, let token): return BenchServer(client: LocalClient(url: url), token: token, child: nil)
        }
    }
}
