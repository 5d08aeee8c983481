import GodwitReceiver
import GodwitReceiverHummingbird
import GodwitSignature
import Hummingbird
import Logging
import NIOCore
import NIOPosix
import Testing

/// The adapter, over real connections.
@Suite struct HummingbirdTests {
    let bench: Bench

    init() throws { bench = try Bench() }

    private func withServer(_ router: Router<WebhookContext>, _ body: (RawClient) async throws -> Void) async throws {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let (ports, running) = AsyncStream.makeStream(of: Int.self)
        let application = Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { channel in running.yield(channel.localAddress?.port ?? 0) }, logger: logger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await application.run() }
            var iterator = ports.makeAsyncIterator()
            let port = try #require(await iterator.next())
            try await body(RawClient(port: port))
            group.cancelAll()
        }
    }

    private func raw(_ request: WebhookRequest, path: String = "/hooks/a", isChunked: Bool = false) -> [UInt8] {
        var head = "\(request.method) \(path) HTTP/1.1\r\nhost: h\r\nconnection: close\r\n"
        for field in request.headers.fields { head += "\(field.name): \(field.value)\r\n" }
        guard isChunked else { return Array((head + "content-length: \(request.body.count)\r\n\r\n").utf8) + request.body }
        var bytes = Array((head + "transfer-encoding: chunked\r\n\r\n").utf8)
        for byte in request.body { bytes += Array("1\r\n".utf8) + [byte] + Array("\r\n".utf8) }
        return bytes + Array("0\r\n\r\n".utf8)
    }

    @Test func itIsAnAdapter() async throws {
        var options = ReceiverOptions()
        options.maxBodyBytes = 1000
        options.sources = try SourceAddresses(["127.0.0.1"])
        let receiver = bench.receiver(options: options)
        let router = Router(context: WebhookContext.self)
        router.webhook("hooks/a", receiver)
        try await withServer(router) { client async throws in
            #expect(try await client.status(raw(bench.request("a"))) == 200)
            #expect(try await client.status(raw(bench.request("b", "é\u{0} "), isChunked: true)) == 200)
            #expect(try await client.status(raw(bench.request("c", key: .generate()))) == 401)
            #expect(try await client.status(raw(bench.request("d", String(repeating: "x", count: 1000)))) == 200)
            #expect(try await client.status(raw(bench.request("e", String(repeating: "x", count: 1001)))) == 413)
            #expect(
                try await client.status(raw(bench.request("f", String(repeating: "x", count: 5000)), isChunked: true)) == 413)
            var other = try bench.request("g")
            other.method = "GET"
            let refused = try await client.ask(raw(other))
            #expect(refused.hasPrefix("HTTP/1.1 405") && refused.lowercased().contains("\r\nallow: post"))
            let head = try await client.ask(raw(WebhookRequest(method: "HEAD", headers: [:], body: [])))
            #expect(head.hasPrefix("HTTP/1.1 200") && head.hasSuffix("\r\n\r\n"))
            #expect(try await client.status(raw(bench.request("h"), path: "/hooks/b")) == 404)
            #expect(bench.seen == ["a", "b", "d"])
        }
    }

    @Test(arguments: ["/hooks/a", "hooks/a"])
    func theMiddlewareAnswersItsPathOnly(path: String) async throws {
        var options = ReceiverOptions()
        options.sources = try SourceAddresses(["198.51.100.1"], trustedProxies: ["127.0.0.0/8"])
        let router = Router(context: WebhookContext.self)
        router.add(middleware: WebhookMiddleware(path: path, receiver: bench.receiver(options: options)))
        router.post("hooks/b") { _, _ in "other" }
        try await withServer(router) { client async throws in
            let request = try bench.request("a")
            #expect(try await client.status(raw(request)) == 403)
            #expect(try await client.status(raw(request.with("x-forwarded-for", "198.51.100.1"), path: "/hooks/a?q=1")) == 200)
            #expect(try await client.ask(raw(request, path: "/hooks/b")).hasSuffix("other"))
            #expect(bench.seen == ["a"])
        }
    }

    @Test func gapRepairStandsWhereAReceiverDoes() async throws {
        let feed = ScriptedFeed(bench, count: 3)
        var options = GapRepair.Options()
        options.ordered = true
        let repair = GapRepair(
            receiver: bench.receiver(), feed: feed, name: "f", cursors: MemoryCursors(), options: options)
        let router = Router(context: WebhookContext.self)
        router.webhook("hooks/a", repair)
        try await withServer(router) { client async throws in
            #expect(try await client.status(raw(bench.request("m3", sequence: 3))) == 200)
            #expect(bench.seen == ["m1", "m2", "m3"])
        }
    }

    /// RFC 9421 signs the authority, which the framework takes out of the headers.
    @Test func theHostIsPassedOn() async throws {
        struct Mirror: WebhookReceiving {
            let maxBodyBytes = 10
            func receive(_ request: WebhookRequest, peer: String?) async -> WebhookResponse {
                WebhookResponse(status: 200, body: Array("\(request.headers["host"] ?? "none") \(request.url ?? "")".utf8))
            }
        }
        let router = Router(context: WebhookContext.self)
        router.webhook("hooks/a", Mirror())
        try await withServer(router) { client async throws in
            let answer = try await client.ask(raw(WebhookRequest(headers: [:], body: []), path: "/hooks/a?b=%20c"))
            #expect(answer.hasSuffix("\r\n\r\nh /hooks/a?b=%20c"))
        }
    }

    @Test func aServiceEndsWithItsTask() async throws {
        let (begun, begin) = AsyncStream.makeStream(of: Void.self)
        let service = ReceiverService {
            begin.finish()
            for await _ in AsyncStream.makeStream(of: Void.self).stream {}
            try Task.checkCancellation()
        }
        let running = Task { try await service.run() }
        for await _ in begun {}
        running.cancel()
        try await running.value
    }
}

/// Sends bytes on a connection of its own, and gives back all that comes.
struct RawClient {
    let port: Int

    func ask(_ bytes: [UInt8]) async throws -> String {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            try await outbound.write(ByteBuffer(bytes: bytes))
            var answer = ""
            for try await part in inbound { answer += String(buffer: part) }
            return answer
        }
    }

    func status(_ bytes: [UInt8]) async throws -> Int {
        try #require(Int(try await ask(bytes).split(separator: " ").dropFirst().first ?? ""))
    }
}
