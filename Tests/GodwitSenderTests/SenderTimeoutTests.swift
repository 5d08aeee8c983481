import Foundation
import GodwitCore
import GodwitSender
import GodwitTestKit
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import Testing

struct SenderTimeoutTests {
    @Test("a receiver that never answers")
    func firstByte() async throws {
        let receiver = try await ReceiverStub.start(always: .hang)
        let sender = try await SenderUnderTest()
        let report = try await sender.send(receiver.url, timeouts: AttemptTimeouts(firstByte: .milliseconds(80)))
        #expect(report.failure == TransportFailure(.firstByteTimedOut, "no response within 80 ms"))
        #expect((80_000..<1_000_000).contains(report.timings.total))
        await sender.close()
        #expect(try await sender.counters().open == 0)
    }

    @Test("a receiver that answers one byte at a time is cut off at the total")
    func total() async throws {
        let drip = Array(("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + String(repeating: "x", count: 100_000)).utf8)
        let receiver = try await ReceiverStub.start(always: .drip(drip, everyMilliseconds: 5))
        let sender = try await SenderUnderTest()
        let report = try await sender.send(receiver.url, timeouts: AttemptTimeouts(total: .milliseconds(400)))
        #expect(report.failure == TransportFailure(.responseTimedOut, "the response didn't end within 400 ms"))
        #expect(report.timings.firstByte ?? .max < 400_000)
        await sender.close()
    }

    @Test("a response that begins and then goes silent is cut off long before the total")
    func idleBody() async throws {
        let begun = ReceiverAction.raw("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
        let receiver = try await ReceiverStub.start(always: begun)
        let sender = try await SenderUnderTest()
        let report = try await sender.send(receiver.url, timeouts: AttemptTimeouts(idleBody: .milliseconds(80)))
        #expect(report.failure == TransportFailure(.bodyIdle, "the response began, and nothing more came within 80 ms"))
        #expect(report.timings.firstByte != nil)
        await sender.close()
        #expect(try await sender.counters().open == 0)
    }

    @Test("a response that drips faster than that is not idle")
    func notIdle() async throws {
        let drip = Array("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".utf8)
        let receiver = try await ReceiverStub.start(always: .drip(drip, everyMilliseconds: 10))
        let sender = try await SenderUnderTest()
        #expect(try await sender.send(receiver.url, timeouts: AttemptTimeouts(idleBody: .milliseconds(250))).status == 200)
        await sender.close()
    }

    @Test("a name server that never answers")
    func resolving() async throws {
        let release = NIOLockedValueBox(false)
        let gate = DispatchSemaphore(value: 0)
        let resolver = NameResolver(lookup: { _ in
            gate.wait()
            release.withLockedValue { $0 = true }
            return []
        })
        let sender = try await SenderUnderTest(resolver: resolver)
        let report = try await sender.send("http://slow.example/", timeouts: AttemptTimeouts(connect: .milliseconds(60)))
        #expect(report.failure == TransportFailure(.nameNotResolved, "no answer about the name slow.example within 60 ms"))
        gate.signal()
        try await resolver.shutdown()
        #expect(release.withLockedValue { $0 })
        await sender.close()
    }

    @Test("a host that drops connection requests")
    func connecting() async throws {
        let listener = try await FullListener.start()
        let sender = try await SenderUnderTest()
        let report = try await sender.send(listener.url, timeouts: AttemptTimeouts(connect: .milliseconds(100)))
        #expect(report.failure?.code == .connectTimedOut)
        #expect(report.timings.total < 1_000_000)
        await sender.close()
        #expect(try await sender.counters().open == 0)
    }

    @Test("the first of two addresses that drop takes half of the time only")
    func fairShare() async throws {
        let listener = try await FullListener.start()
        let sender = try await SenderUnderTest(addresses: ["two.example": ["127.0.0.1", "127.0.0.1"]])
        let report = try await sender.send(
            "http://two.example:\(listener.port)/", timeouts: AttemptTimeouts(connect: .milliseconds(800)))
        #expect(report.failure?.code == .connectTimedOut)
        #expect(try await sender.counters().opened == 2)
        await sender.close()
    }

    @Test("a receiver that accepts and never begins TLS")
    func handshaking() async throws {
        let listener = try await ReceiverStub.start(always: .hang)
        let sender = try await SenderUnderTest()
        let url = "https://127.0.0.1:\(listener.port)/"
        let report = try await sender.send(url, timeouts: AttemptTimeouts(tls: .milliseconds(80)))
        #expect(report.failure?.code == .tlsFailed)
        await sender.close()
    }

    @Test("after a timeout the late response reaches nobody, and the next request gets its own")
    func lateResponse() async throws {
        let late = Array("HTTP/1.1 500 Late\r\nContent-Length: 0\r\n\r\n".utf8)
        let receiver = try await ReceiverStub.start { _, index in index == 0 ? .drip(late, everyMilliseconds: 20) : .ok }
        let sender = try await SenderUnderTest()
        let first = try await sender.send(receiver.url, timeouts: AttemptTimeouts(total: .milliseconds(400)))
        #expect(first.failure?.code == .responseTimedOut)
        #expect(try await sender.send(receiver.url).status == 200)
        #expect(receiver.connectionsAccepted == 2)
        await sender.close()
    }
}

/// Listens, but its queue of connections is full, so that further requests to connect are dropped in silence.
private struct FullListener {
    let port: Int
    var url: String { "http://127.0.0.1:\(port)/" }
    private let fillers: [EventLoopFuture<any Channel>]

    static func start() async throws -> FullListener {
        let group = MultiThreadedEventLoopGroup.singleton
        let channel = try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 0)
            .serverChannelOption(.autoRead, value: false)
            .bind(host: "127.0.0.1", port: 0).get()
        guard let address = channel.localAddress, let port = address.port else { throw ChannelError.unknownLocalAddress }
        func filler() -> EventLoopFuture<any Channel> {
            ClientBootstrap(group: group).connectTimeout(.seconds(20)).connect(to: address)
        }
        let first = filler()
        _ = try await first.get()
        return FullListener(port: port, fillers: [first, filler(), filler()])
    }
}
