import GodwitCore
import GodwitSender
import GodwitTestKit
import NIOConcurrencyHelpers
import NIOCore
import Testing

struct SenderTargetTests {
    @Test(
        "a forbidden address never gets a packet, whether named or resolved",
        arguments: [
            (["127.0.0.1"], "loopback"), (["::ffff:127.0.0.1"], "loopback"), (["169.254.169.254"], "cloud_metadata"),
            (["10.0.0.1", "192.168.0.1"], "private"), (["::1"], "loopback"), (["64:ff9b::7f00:1"], "loopback"),
            (["2002:7f00:1::"], "loopback"), (["0.0.0.0"], "this_network"), (["fd00::1"], "unique_local"),
        ])
    func forbidden(addresses: [String], verdict: String) async throws {
        let receiver = try await ReceiverStub.start()
        let sender = try await SenderUnderTest(
            policy: TargetPolicy(allowHTTP: true), addresses: ["evil.example": addresses])
        let failure = try await sender.send(receiver.url(host: "evil.example")).failure
        #expect(failure?.code == .addressForbidden)
        #expect(failure?.detail.contains(verdict) == true)
        // Whoever registers a URL must not learn what names of the inside resolve to.
        #expect(failure?.detail.contains(addresses[0]) == false)
        #expect(receiver.connectionsAccepted == 0)
        #expect(try await sender.counters().opened == 0)
        await sender.close()
    }

    @Test(
        "an address in the URL is judged too, and its scheme",
        arguments: ["http://127.0.0.1:1/", "http://[::1]:1/", "http://localhost:1/"])
    func literal(url: String) async throws {
        let sender = try await SenderUnderTest(policy: TargetPolicy(allowHTTP: true))
        #expect(try await sender.send(url).failure?.code == .addressForbidden)
        let strict = try await SenderUnderTest(policy: TargetPolicy())
        #expect(try await strict.send("http://8.8.8.8/").failure?.code == .addressForbidden)
        #expect(try await sender.counters().opened + strict.counters().opened == 0)
        await sender.close()
        await strict.close()
    }

    @Test("forbidden addresses among permitted ones are skipped")
    func mixed() async throws {
        let receiver = try await ReceiverStub.start()
        let policy = TargetPolicy(allowHTTP: true, allowedSubnets: [try #require(Subnet("127.0.0.3/32"))])
        let sender = try await SenderUnderTest(policy: policy, addresses: ["mixed.example": ["127.0.0.1", "127.0.0.3"]])
        // The receiver listens at the forbidden address, so the connection that is refused shows which one was tried.
        let failure = try await sender.send(receiver.url(host: "mixed.example")).failure
        #expect(failure == TransportFailure(.connectFailed, "127.0.0.3:\(receiver.port): connection refused"))
        #expect(receiver.connectionsAccepted == 0)
        #expect(try await sender.counters().opened == 1)
        await sender.close()
    }

    @Test("a name that changes its address between judgement and connection gains nothing")
    func rebinding() async throws {
        let receiver = try await ReceiverStub.start()
        let lookups = NIOLockedValueBox(0)
        // First a permitted address, then for ever one that is forbidden.
        let resolver = NameResolver(
            positiveAge: .zero,
            lookup: { _ in
                let count = lookups.withLockedValue { count in
                    count += 1
                    return count
                }
                return [.v4(count == 1 ? 0x7F00_0001 : 0x0A00_0001)]
            })
        let policy = TargetPolicy(allowHTTP: true, allowedSubnets: [try #require(Subnet("127.0.0.1/32"))])
        let sender = try await SenderUnderTest(policy: policy, resolver: resolver)
        #expect(try await sender.send(receiver.url(host: "rebind.example")).status == 200)
        #expect(lookups.withLockedValue { $0 } == 1)
        await sender.close()
        let second = try await SenderUnderTest(policy: policy, resolver: resolver)
        #expect(try await second.send(receiver.url(host: "rebind.example")).failure?.code == .addressForbidden)
        #expect(lookups.withLockedValue { $0 } == 2)
        await second.close()
    }

    @Test("the next address is tried when one refuses")
    func nextAddress() async throws {
        let receiver = try await ReceiverStub.start()
        let sender = try await SenderUnderTest(addresses: ["two.example": ["127.0.0.2", "127.0.0.1"]])
        let report = try await sender.send(receiver.url(host: "two.example"))
        #expect(report.status == 200)
        #expect(try await sender.counters() == .init(open: 1, idle: 1, opened: 2, reused: 0, inFlight: 0))
        await sender.close()
    }

    @Test("a port where nobody listens")
    func refused() async throws {
        let receiver = try await ReceiverStub.start()
        try await receiver.stop()
        let sender = try await SenderUnderTest()
        let failure = try await sender.send(receiver.url).failure
        #expect(failure == TransportFailure(.connectFailed, "127.0.0.1:\(receiver.port): connection refused"))
        #expect(try await sender.counters().open == 0)
        await sender.close()
    }

    @Test("a name that doesn't exist")
    func unknownName() async throws {
        let sender = try await SenderUnderTest()
        let failure = try await sender.send("http://nowhere.example/").failure
        #expect(failure == TransportFailure(.nameNotResolved, "nowhere.example: the name has no address"))
        await sender.close()
    }

    @Test(
        "a report never comes before send has returned, so that a completion may send again without recursion",
        arguments: ["https://127.0.0.1/", "http://8.8.8.8/", "https://nowhere.example/"])
    func completesLater(url: String) async throws {
        let sender = try await SenderUnderTest(policy: TargetPolicy())
        #expect(try await sender.completesLater(url))
        // Remembered by now, so that nothing is left to wait for.
        #expect(try await sender.completesLater(url))
        await sender.close()
    }

    @Test("no time to connect is a timeout")
    func noTime() async throws {
        let sender = try await SenderUnderTest()
        let timeouts = AttemptTimeouts(connect: .zero)
        #expect(try await sender.completesLater("http://127.0.0.1:1/", timeouts: timeouts))
        #expect(try await sender.send("http://127.0.0.1:1/", timeouts: timeouts).failure?.code == .connectTimedOut)
        await sender.close()
    }
}
