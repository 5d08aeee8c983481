import ArgumentParser
import Foundation
import GodwitCore
import GodwitListen
import NIOCore

struct PollCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "poll", abstract: "Print the events of an endpoint in their order, one JSON object a line.",
        discussion: """
            Reads the endpoint's feed from a sequence number on: every event with headers, signature and body, also what was never \
            pushed. Without --follow it ends when it has caught up. With --cursor it goes on where it stopped; the file is written \
            after the lines, so after a crash a line may come twice and none is missed. Exits with 0; with 1 when the server \
            refuses or doesn't answer; with 2 when --timeout passed before --exit-after; with 3 when the feed has a gap or ends \
            before the cursor; with 64 for wrong usage.
            """)

    @Argument(help: "The application: identifier or uid.") var app: APIName
    @Argument(help: "The endpoint: identifier or uid.") var endpoint: APIName
    @Option(help: "Events after this sequence number; 0 is all. (default: the cursor's, or 0)") var after: UInt64?
    @Flag(help: "Wait for more at the end, over disconnections.") var follow = false
    @Option(help: "Remember in this file where it stopped.") var cursor: String?
    @Option(help: "End after so many events.") var exitAfter: Int?
    @Option(help: "End after this time: 1s to 1h.") var timeout: String?
    @Option(help: "Events of one request: 1 to 250.") var limit = Limits.pageItems
    @Option(help: "The server: http://host:port. GODWIT_SERVER says it too.") var server: String?
    @Option(help: "A bearer token. Better in GODWIT_TOKEN, where no list of processes shows it.") var token: String?

    func validate() throws {
        _ = try BenchOption.check(limit, in: 1...Limits.pageItems, "limit")
        if let exitAfter { _ = try BenchOption.check(exitAfter, in: 1...Int.max, "exit-after") }
        if let timeout { _ = try BenchOption.span(timeout, from: .seconds(1), "timeout") }
        if timeout != nil, !follow { throw ArgumentParser.ValidationError("--timeout belongs to --follow") }
        if let after, after > UInt64(Int64.max) { throw ArgumentParser.ValidationError("--after is too large") }
    }

    func run() async throws {
        let api = try APIFlags.client(server: server, token: token)
        try await Failure.explaining {
            do {
                try await poll(FeedClient(api, app: app, endpoint: endpoint))
            } catch let error as FeedError {
                Failure.say(error)
                throw ExitCode(3)
            } catch is ClosedOutput {
                return  // `| head` has what it wanted.
            }
        }
    }

    private func poll(_ client: FeedClient) async throws {
        let file = cursor.map { CursorFile(path: $0, feed: client.name) }
        let start = try after ?? file?.read()?.after ?? 0
        let deadline = try timeout.map { .now() + TimeAmount(try BenchOption.span($0, from: .zero, "timeout")) }
        let follower = FeedFollower(
            client: client, follows: follow, pageItems: limit, deadline: deadline ?? .distantFuture,
            say: { FeedWatch.say($0, client.address) })
        var left = exitAfter ?? .max
        let end = try await follower.run(after: start) { page in
            let items = page.items.prefix(left)
            try Self.print(items)
            left -= items.count
            if let file, let last = items.last { try file.write(after: last.sequence) }
            return left > 0
        }
        if end == .deadline, exitAfter != nil { throw ExitCode(2) }
    }

    private struct ClosedOutput: Error {}

    private static func print(_ items: ArraySlice<FeedItem>) throws {
        let lines = items.map { JSONWriter.write($0.json) + [UInt8(ascii: "\n")] }
        do {
            try FileHandle.standardOutput.write(contentsOf: Data(lines.joined()))
        } catch {
            throw ClosedOutput()
        }
    }
}
