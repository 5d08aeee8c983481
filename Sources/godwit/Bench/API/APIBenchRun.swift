import Foundation
import GodwitBench
import GodwitCore
import NIOCore

/// Fills a store, starts a server on it, and asks.
struct APIBenchRun: Sendable {
    let dataset: APIDataset
    /// The address of any database on a PostgreSQL server; nil for SQLite.
    let server: String?
    let requests: Int
    let serverFlags: [String]
    let commandLine: String
    let showsProgress: Bool
    let keeps: Bool

    /// Asked before what counts: the first pages come from the disk.
    private static let warmUp = 5

    func report() async throws -> ListReport {
        guard let server else { return try await report(on: nil) }
        return try await BenchDatabase.hold(on: server, keeps: keeps) { try await report(on: .database($0)) }
    }

    /// - Parameter store: empty; nil for a fresh file.
    private func report(on store: BenchStore?) async throws -> ListReport {
        let workplace = try BenchWorkplace(store: store)
        defer {
            if keeps { BenchProgress.say("kept: \(workplace.folder.path)") } else { workplace.remove() }
        }
        let start = NIODeadline.now()
        let filled = try await APIStoreFiller(dataset, workplace.store, showsProgress: showsProgress).fill()
        if case .database(let database) = workplace.store { try database.settle() }
        let size = ListReport.Size(
            messages: dataset.messages, deliveries: filled.deliveries, attempts: filled.attempts,
            databaseBytes: try workplace.store.sample().bytes,
            seconds: Double((NIODeadline.now() - start).nanoseconds) / 1e9)
        let token = try await workplace.token()
        let port = try await Machine.freePort()
        let child = try workplace.startServer(port: port, flags: serverFlags)
        let server = BenchServer(client: LocalClient(host: "127.0.0.1", port: port), token: token, child: child)
        return try await finally {
            await child.stop()
        } after: {
            try await server.awaitHealth(workplace)
            var problems: [String] = []
            var lists: [ListReport.List] = []
            for request in APILists(dataset: dataset, filled: filled).all {
                if showsProgress { BenchProgress.say("lists: \(request.name)") }
                lists.append(try await measure(request, server, &problems))
            }
            return ListReport(
                settings: ListReport.Settings(
                    version: Godwit.version, commandLine: commandLine, cores: Machine.cores, processor: Machine.processor,
                    store: workplace.store.name),
                size: size, lists: lists, problems: problems)
        }
    }

    private func measure(
        _ request: APILists.Request, _ server: BenchServer, _ problems: inout [String]
    ) async throws -> ListReport.List {
        var list = ListReport.List(name: request.name)
        var random = SystemRandomNumberGenerator()
        for number in 0..<Self.warmUp + requests {
            let path = request.path(&random)
            let start = NIODeadline.now()
            let answer = try await server.client.request("GET", path, token: server.token)
            let nanoseconds = UInt64((NIODeadline.now() - start).nanoseconds)
            guard answer.status == 200 else {
                problems.append(
                    "\(path) was answered with \(answer.status): \(String(decoding: answer.body.prefix(200), as: UTF8.self))")
                break
            }
            guard number >= Self.warmUp else { continue }
            list.note(nanoseconds: nanoseconds, items: Self.items(answer.body))
        }
        return list
    }

    private static func items(_ body: [UInt8]) -> Int {
        guard case .array(let items)? = (try? JSONValue.parse(body))?["data"] else { return 0 }
        return items.count
    }
}
