import Foundation
import GodwitBench
import GodwitCore
import NIOCore
import NIOPosix

/// The runs of `godwit compare`, one after the other on one server.
struct Comparison: Sendable {
    let plan: ComparePlan
    let serverFlags: [String]
    let keeps: Bool
    let commandLine: String
    let showsProgress: Bool

    /// Applications of their own for each way, so that no way pays for another one's endpoints.
    private struct Grounds {
        var applications: [String] = []
        var endpoints: [String] = []
    }

    func report() async throws -> ComparisonReport {
        let workplace = try BenchWorkplace()
        defer { if keeps { BenchProgress.say("kept: \(workplace.folder.path)") } else { workplace.remove() } }
        let token = try await workplace.token()
        let port = try await Machine.freePort()
        let child = try workplace.startServer(port: port, flags: serverFlags)
        let server = BenchServer(client: LocalClient(host: "127.0.0.1", port: port), token: token, child: child)
        return try await finally {
            await child.stop()
        } after: {
            try await server.awaitHealth(workplace)
            return try await measure(server, port)
        }
    }

    private func measure(_ server: BenchServer, _ port: Int) async throws -> ComparisonReport {
        let target = ComparisonTarget(host: "127.0.0.1", port: port, token: server.token)
        let field = ComparisonField(target, on: MultiThreadedEventLoopGroup.singleton.next())
        let sink = try await field.listen()
        let most = plan.clients.max() ?? 0
        if showsProgress { BenchProgress.say("registering \(most) clients for each way") }
        let polled = try await grounds(server, most, nil)
        let pushed = try await grounds(server, most) { #"{"url":"http://127.0.0.1:\#(sink)/\#($0)"}"# }
        var notes: [String] = []
        let pulls: @Sendable (Int) -> String = { _ in #"{"mode":"pull"}"# }
        let waiting = try await hasFeed(server, pushed) ? try await grounds(server, most, pulls) : nil
        if waiting == nil { notes.append("This server has no feed, so long-polling is left out.") }

        var rows: [ComparisonRow] = []
        for clients in plan.clients {
            func row(_ method: ComparisonMethod, _ grounds: Grounds) async throws -> ComparisonRow {
                if showsProgress { BenchProgress.say("\(clients) clients: \(method.name)") }
                return try await self.row(method, clients, grounds, field, server)
            }
            let nobody = try await row(.nobody, polled)
            rows.append(nobody)
            var shortest: ComparisonRow?
            for interval in plan.intervals {
                guard plan.isMeasured(interval) else {
                    if let shortest { rows.append(shortest.calculated(every: interval, nobody: nobody)) }
                    continue
                }
                let measured = try await row(.polling(every: interval), polled)
                if shortest == nil { shortest = measured }
                rows.append(measured)
            }
            if let waiting { rows.append(try await row(.longPolling, waiting)) }
            rows.append(try await row(.push, pushed))
        }
        return ComparisonReport(
            rows: rows, commandLine: commandLine, machine: "\(Machine.cores) cores of \(Machine.processor)",
            eventsPerMinute: plan.eventRate, notes: notes)
    }

    private func row(
        _ method: ComparisonMethod, _ clients: Int, _ grounds: Grounds, _ field: ComparisonField, _ server: BenchServer
    ) async throws -> ComparisonRow {
        try await field.reset()
        let length = plan.length(method)
        let applications = Array(grounds.applications.prefix(clients))
        switch method {
        case .polling: try await field.start(method, paths: applications)
        case .longPolling: try await field.start(method, paths: Array(grounds.endpoints.prefix(clients)))
        case .nobody, .push: break
        }
        let start = NIODeadline.now() + .milliseconds(50)
        let begin = start + TimeAmount(method.warmUp)
        let end = begin + TimeAmount(length)
        try await field.setWindow(begin.uptimeNanoseconds..<end.uptimeNanoseconds)
        let timetable = ComparisonTimetable(
            clients: clients, perMinute: plan.eventRate, length: method.warmUp + length, seed: UInt64(clients))
        async let published: Void = field.publish(timetable, paths: applications, from: start.uptimeNanoseconds)
        try await Machine.pause(begin - .now())
        let before = cpu(server)
        try await Machine.pause(end - .now())
        let after = cpu(server)
        try await published
        // What happened last is still to be asked for.
        let patience = NIODeadline.now() + TimeAmount(method.warmUp) + .seconds(5)
        while method != .nobody, try await !field.ledger().isComplete, NIODeadline.now() < patience {
            try await Machine.pause(.milliseconds(20))
        }
        let ledger = try await field.ledger()
        try await field.reset()
        guard ledger.failures == 0 else {
            throw BenchFailure("\(clients) clients, \(method.name): \(ledger.failures) requests failed")
        }
        return ledger.row(method, clients: clients, cpuSeconds: after - before)
    }

    /// To the nanosecond where the kernel tells it; ticks of 10 ms would hide what ten clients cost.
    private func cpu(_ server: BenchServer) -> Double {
        guard let child = server.child else { return 0 }
        let tasks = "/proc/\(child.id)/task"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: tasks)) ?? []
        let nanoseconds = names.reduce(0.0) { sum, name in
            let file = FileHandle(forReadingAtPath: "\(tasks)/\(name)/schedstat")
            let text = String(decoding: (try? file?.readToEnd()) ?? Data(), as: UTF8.self)
            return sum + (text.split(separator: " ").first.flatMap { Double($0) } ?? 0)
        }
        return nanoseconds > 0 ? nanoseconds / 1e9 : Double(server.usage?.cpuMicroseconds ?? 0) / 1e6
    }

    // MARK: Registering

    private func hasFeed(_ server: BenchServer, _ grounds: Grounds) async throws -> Bool {
        let answer = try await server.client.request(
            "GET", "\(grounds.endpoints[0])/feed?after=0&limit=1", token: server.token)
        return answer.status == 200
    }

    private func grounds(
        _ server: BenchServer, _ count: Int, _ endpoint: (@Sendable (Int) -> String)?
    ) async throws -> Grounds {
        let made = try await withThrowingTaskGroup(of: (Int, String, String).self) { group in
            var made: [(Int, String, String)] = []
            for index in 0..<count {
                if index >= 16, let one = try await group.next() { made.append(one) }
                group.addTask {
                    let application = try await Self.create(server, "/api/v1/app", #"{"name":"compare"}"#)
                    guard let endpoint else { return (index, application, "") }
                    return (index, application, try await Self.create(server, application + "/endpoint", endpoint(index)))
                }
            }
            for try await one in group { made.append(one) }
            return made.sorted { $0.0 < $1.0 }
        }
        return Grounds(applications: made.map(\.1), endpoints: made.map(\.2))
    }

    private static func create(_ server: BenchServer, _ path: String, _ body: String) async throws -> String {
        let answer = try await server.client.request("POST", path, token: server.token, body: Array(body.utf8))
        guard answer.status == 201, case .string(let id)? = try JSONValue.parse(answer.body)["id"] else {
            throw BenchFailure("POST \(path) was answered with \(answer.status)")
        }
        return "\(path)/\(id)"
    }
}
