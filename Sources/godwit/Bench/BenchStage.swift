import Foundation
import GodwitBench

/// What a run needs, started and registered: servers, a sink, and the applications with their endpoints.
struct BenchStage {
    let subject: Subject
    let target: Target
    let workplace: BenchWorkplace
    let run: EventTemplate.RunID
    /// The first is the one that is asked for anything but events.
    let servers: [BenchServer]
    /// nil when the events go elsewhere.
    let sink: BenchSink?
    let registration: BenchServer.Registration

    var server: BenchServer { servers[0] }

    /// Of all servers together; nil when they aren't ours.
    var usage: ProcessUsage? {
        servers.reduce(nil as ProcessUsage?) { sum, server in
            guard let usage = server.usage else { return sum }
            return sum.map { $0 + usage } ?? usage
        }
    }

    /// Those that aren't ours are taken to run.
    var serversAreRunning: Bool { servers.allSatisfy { $0.child?.isRunning != false } }

    /// Where the events go.
    enum Target {
        case ownSink(SinkScript)
        case url(String)
    }

    /// What accepts them.
    enum Subject {
        /// So many servers on one store; with nil, one on a fresh file.
        case ownServers(store: BenchStore?, nodes: Int, flags: [String])
        case running(url: String, token: String)

        static func ownServer(flags: [String]) -> Subject { .ownServers(store: nil, nodes: 1, flags: flags) }
    }

    /// Sets the stage, hands it over, and ends whatever was started, however that goes.
    static func hold<Value>(
        _ subject: Subject, target: Target, layout: EndpointLayout, keeps: Bool,
        _ body: (BenchStage) async throws -> Value
    ) async throws -> Value {
        let workplace: BenchWorkplace
        switch subject {
        case .ownServers(let store, _, _): workplace = try BenchWorkplace(store: store)
        case .running: workplace = try BenchWorkplace()
        }
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
            try await withServers(subject, workplace, urls, layout, keeps: keeps) { servers, registration in
                try await body(
                    BenchStage(
                        subject: subject, target: target, workplace: workplace, run: run, servers: servers, sink: sink,
                        registration: registration))
            }
        }
    }

    private static func withServers<Value>(
        _ subject: Subject, _ workplace: BenchWorkplace, _ urls: [String], _ layout: EndpointLayout, keeps: Bool,
        _ body: ([BenchServer], BenchServer.Registration) async throws -> Value
    ) async throws -> Value {
        var servers: [BenchServer] = []
        return try await finally {
            await withTaskGroup { group in
                for child in servers.compactMap(\.child) { group.addTask { await child.stop() } }
            }
        } after: {
            switch subject {
            case .running(let url, let token):
                servers = [BenchServer(client: LocalClient(url: url), token: token, child: nil)]
            case .ownServers(_, _, let flags):
                servers = [try await start(1, workplace, token: try await workplace.token(), flags)]
            }
            let first = servers[0]
            try await first.awaitHealth(workplace)
            let registration = try await first.register(urls, in: layout)
            return try await finally {
                if first.child == nil, !keeps { await first.remove(registration) }
            } after: {
                // The others find everything registered when they start.
                if case .ownServers(_, let nodes, let flags) = subject, nodes > 1 {
                    for number in 2...nodes { servers.append(try await start(number, workplace, token: first.token, flags)) }
                    for server in servers { try await server.awaitHealth(workplace) }
                }
                do {
                    return try await body(servers, registration)
                } catch {
                    guard let ended = servers.first(where: { $0.child?.isRunning == false }) else { throw error }
                    throw await ended.ended(workplace)
                }
            }
        }
    }

    private static func start(
        _ number: Int, _ workplace: BenchWorkplace, token: String, _ flags: [String]
    ) async throws -> BenchServer {
        let port = try await Machine.freePort()
        let child = try workplace.startServer(number, port: port, flags: flags)
        return BenchServer(client: LocalClient(host: "127.0.0.1", port: port), token: token, child: child, number: number)
    }
}
