import GodwitCore
import GodwitSender
import GodwitTestKit
import NIOCore
import Testing

@Suite(.serialized)
struct SenderProxyTests {
    /// Of the internet: nothing is listening there for a test, so whatever arrives came through the proxy.
    private static let names = [
        "hooks.example.com": ["8.8.8.8"], "inside.example.com": ["127.0.0.1"], "proxy.example": ["127.0.0.1"],
    ]
    private static let policy = TargetPolicy(allowHTTP: true)

    private func sender(_ proxy: String, noProxy: String = "", policy: TargetPolicy = policy) async throws -> SenderUnderTest {
        try await SenderUnderTest(
            policy: policy, addresses: Self.names, tls: HTTP2Setup.trust(), proxy: ProxyConfiguration(proxy, noProxy: noProxy))
    }

    @Test("CONNECT: the proxy is asked for the judged address, for plain http too, and TLS and names run through it")
    func connect() async throws {
        let plain = try await ReceiverStub.start()
        let plainProxy = try await ProxyStub.start(.http(), to: plain.port)
        let sender = try await sender("http://proxy.example:\(plainProxy.port)")
        let report = try await sender.send("http://hooks.example.com/a", body: "{}")
        #expect(report.status == 200)
        #expect(report.timings.connect != nil && report.timings.tls == nil)
        #expect(plainProxy.targets == ["8.8.8.8:80"])
        #expect(plain.requests.first?.header("Host") == "hooks.example.com")
        #expect(try await sender.send("http://hooks.example.com/b").connectionReused)
        await sender.close()
        #expect(try await sender.isEmpty())
    }

    @Test("TLS through the proxy, with the target's name and certificate, and HTTP/2 inside")
    func tls() async throws {
        let receiver = try await HTTP2ReceiverStub.start(
            tls: HTTP2Setup.certificate.get().serverContext(protocols: ["h2"]))
        let proxy = try await ProxyStub.start(.http(authorization: "Basic bWU6cCB3OsOk"), to: receiver.port)
        let sender = try await sender("http://me:p%20w%3A%C3%A4@127.0.0.1:\(proxy.port)")
        let reports = try await sender.send(20, to: "https://hooks.example.com/")
        #expect(reports.allSatisfy { $0.status == 200 })
        #expect(proxy.targets == ["8.8.8.8:443"])
        #expect(receiver.requests.first?.header(":authority") == "hooks.example.com")
        let wrong = try await sender.send("https://8.8.8.8/")
        #expect(wrong.failure == TransportFailure(.tlsFailed, "the certificate is not valid for 8.8.8.8"))
        await sender.close()
        #expect(try await sender.isEmpty())
    }

    @Test("SOCKS5, with and without credentials", arguments: [true, false])
    func socks5(hasCredentials: Bool) async throws {
        let receiver = try await ReceiverStub.start(tls: HTTP2Setup.certificate.get().serverContext())
        let proxy = try await ProxyStub.start(
            hasCredentials ? .socks5(user: "me", password: "secret") : .socks5(), to: receiver.port)
        let sender = try await sender("socks5://\(hasCredentials ? "me:secret@" : "")127.0.0.1:\(proxy.port)")
        #expect(try await sender.send("https://hooks.example.com:8443/").status == 200)
        #expect(proxy.targets == ["8.8.8.8:8443"])
        await sender.close()
        #expect(try await sender.isEmpty())
    }

    @Test("the target policy judges before the proxy is asked, and doesn't judge the proxy")
    func policy() async throws {
        let proxy = try await ProxyStub.start(.http())
        let sender = try await sender("http://127.0.0.1:\(proxy.port)")
        #expect(try await sender.send("http://inside.example.com/").failure?.code == .addressForbidden)
        #expect(try await sender.send("http://169.254.169.254/").failure?.code == .addressForbidden)
        #expect(proxy.targets.isEmpty)
        await sender.close()
    }

    @Test(
        "targets of the no-proxy list are reached directly", arguments: ["inside.example.com", ".example.com", "127.0.0.0/8"])
    func exceptions(noProxy: String) async throws {
        let receiver = try await ReceiverStub.start()
        let proxy = try await ProxyStub.start(.http())
        let sender = try await sender(
            "http://127.0.0.1:\(proxy.port)", noProxy: noProxy, policy: SenderUnderTest.development)
        #expect(try await sender.send(receiver.url(host: "inside.example.com")).status == 200)
        #expect(proxy.targets.isEmpty)
        await sender.close()
    }

    static let misbehaviour: [(ProxyStub.Kind, String)] = [
        (.answering(Array("HTTP/1.1 403 Forbidden\r\n\r\n".utf8)), "it answered with status 403"),
        (.http(authorization: "Basic other"), "it demands other credentials (status 407)"),
        (.answering(Array("SSH-2.0-OpenSSH\r\n\r\n".utf8)), "its answer isn't HTTP/1.1"),
        (.answering(Array("HTTP/1.1 200 OK\r\n\r\nsurplus".utf8)), "it went on after its answer"),
        (.answering([], thenClose: true), "it closed the connection"),
        (.flooding([UInt8](repeating: UInt8(ascii: "x"), count: 1000)), "its answer is too long"),
    ]

    @Test("what a proxy refuses or does wrong has its own failure, without credentials", arguments: misbehaviour)
    func misbehaviours(kind: ProxyStub.Kind, text: String) async throws {
        let proxy = try await ProxyStub.start(kind)
        let sender = try await sender("http://me:secret@127.0.0.1:\(proxy.port)")
        let failure = try await sender.send("https://hooks.example.com/").failure
        #expect(failure == TransportFailure(.proxyFailed, "the outgoing proxy: \(text)"))
        await sender.close()
        #expect(try await sender.isEmpty())
    }

    static let socksMisbehaviour: [([UInt8], String)] = [
        ([4, 0], "it doesn't speak SOCKS5"), ([5, 0xFF], "it doesn't take a user and a password"),
        ([5, 2, 1, 1], "it demands other credentials"), ([5, 0, 5, 2, 0, 1, 0], "its rules don't allow the connection"),
        ([5, 0, 5, 5, 0, 1, 0], "the receiver refused its connection"), ([5, 0, 5, 0, 0, 9, 0], "its answer isn't SOCKS5"),
        ([5, 0, 5, 0, 0, 1, 1, 2, 3, 4, 0, 80, 9], "it went on after its answer"),
    ]

    @Test("the same for SOCKS5", arguments: socksMisbehaviour)
    func socksMisbehaviours(answer: [UInt8], text: String) async throws {
        let proxy = try await ProxyStub.start(.answering(answer))
        let sender = try await sender("socks5://me:secret@127.0.0.1:\(proxy.port)")
        let failure = try await sender.send("https://hooks.example.com/").failure
        #expect(failure == TransportFailure(.proxyFailed, "the outgoing proxy: \(text)"))
        await sender.close()
        #expect(try await sender.isEmpty())
    }

    @Test("a proxy that isn't there, or never answers")
    func unreachable() async throws {
        let nobody = try await ReceiverStub.start()
        try await nobody.stop()
        let sender = try await sender("http://127.0.0.1:\(nobody.port)")
        let refused = try await sender.send("http://hooks.example.com/").failure
        #expect(refused == TransportFailure(.proxyFailed, "the outgoing proxy: connection refused"))
        await sender.close()
        let silent = try await ProxyStub.start(.answering([]))
        let other = try await self.sender("http://127.0.0.1:\(silent.port)")
        let timedOut = try await other.send(
            "http://hooks.example.com/", timeouts: AttemptTimeouts(connect: .milliseconds(600))
        ).failure
        #expect(timedOut == TransportFailure(.proxyFailed, "the outgoing proxy didn't answer within 600 ms"))
        await other.close()
        #expect(try await other.isEmpty())
    }
}
