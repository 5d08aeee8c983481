import GodwitCore
import GodwitSender
import GodwitTestKit
import NIOCore
import Testing

/// After the worst that receivers do, nothing of it stays in memory.
@Suite(.serialized)
struct SenderLeakTests {
    private static let timeouts = AttemptTimeouts(
        connect: .seconds(3), tls: .milliseconds(700), firstByte: .milliseconds(300), idleBody: .milliseconds(300))

    private static let actions: [HTTP2Action] = [
        .ok, .hang, .frames([.reset(7)]), .frames([.reset(2)]), .frames([.headers(status: 200), .data([1])]),
        .frames([.goAway(last: 0)]), .frames([.headers(status: 99)]), .frames([], thenClose: true),
        .endless([.data([UInt8](repeating: 0, count: 16_000))], after: [.headers(status: 200)]),
    ]

    @Test("HTTP/2: streams that time out, are reset, refused, cut off or answered", .timeLimit(.minutes(1)))
    func http2() async throws {
        try await expectRelease {
            let setup = try await HTTP2Setup { _, index in Self.actions[index % Self.actions.count] }
            for _ in 0..<2 { _ = try await setup.sender.send(40, to: setup.url, timeouts: Self.timeouts) }
            return setup.sender
        }
    }

    @Test("HTTP/2: openings that end before there is a connection", .timeLimit(.minutes(1)))
    func openings() async throws {
        for greeting in [[], [.goAway(last: 0)], [.settings([(3, 0)])]] as [[ScriptedFrame]] {
            try await expectRelease {
                let setup = try await HTTP2Setup(greeting: greeting)
                _ = try await setup.sender.send(10, to: setup.url, timeouts: Self.timeouts)
                return setup.sender
            }
        }
    }

    @Test("HTTP/1.1, directly and through a proxy that does as it likes", .timeLimit(.minutes(1)))
    func http1() async throws {
        let actions: [ReceiverAction] = [.ok, .hang, .reset, .endlessHeaders, .closeAfterHeaders, .flood(bytes: 4 << 20)]
        let receiver = try await ReceiverStub.start { _, index in actions[index % actions.count] }
        try await expectRelease {
            let sender = try await SenderUnderTest()
            _ = try await sender.send(24, to: receiver.url, timeouts: Self.timeouts)
            return sender
        }
        for kind in [.http(), .socks5(), .answering([0]), .answering([], thenClose: true)] as [ProxyStub.Kind] {
            let proxy = try await ProxyStub.start(kind, to: receiver.port)
            try await expectRelease {
                let scheme = if case .socks5 = kind { "socks5" } else { "http" }
                let text = "\(scheme)://127.0.0.1:\(proxy.port)"
                let sender = try await SenderUnderTest(proxy: ProxyConfiguration(text))
                let timeouts = AttemptTimeouts(connect: .milliseconds(700), firstByte: .milliseconds(300))
                _ = try await sender.send(6, to: receiver.url, timeouts: timeouts)
                return sender
            }
        }
    }

    private func expectRelease(_ use: () async throws -> SenderUnderTest) async throws {
        let isReleased = try await Self.isReleased(after: use)
        try await Patience.until { try await isReleased() }
    }

    /// A function of its own, so that nothing of it is held when the question is asked.
    private static func isReleased(
        after use: () async throws -> SenderUnderTest
    ) async throws -> @Sendable () async throws -> Bool {
        let sender = try await use()
        await sender.close()
        #expect(try await sender.isEmpty())
        return sender.isReleased
    }
}
