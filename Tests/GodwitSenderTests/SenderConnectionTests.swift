import GodwitCore
import GodwitSender
import GodwitTestKit
import NIOCore
import Testing

struct SenderConnectionTests {
    @Test("a thousand requests, twenty at a time, use at most twenty connections")
    func reuse() async throws {
        let receiver = try await ReceiverStub.start()
        let sender = try await SenderUnderTest()
        for _ in 0..<50 {
            let reports = try await sender.send(20, to: receiver.url)
            #expect(reports.allSatisfy { $0.status == 200 })
        }
        #expect(receiver.requests.count == 1000)
        #expect(receiver.connectionsAccepted <= 20)
        let counters = try await sender.counters()
        #expect(counters.opened == receiver.connectionsAccepted)
        #expect(counters.reused == 1000 - counters.opened)
        #expect(counters.open == counters.idle)
        await sender.close()
        #expect(try await sender.counters().open == 0)
    }

    @Test(
        "doesn't use a connection again after this response",
        arguments: [
            ReceiverAction.status(200, headers: [("Connection", "close")]),
            .raw("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok"),
            .raw("HTTP/1.1 200 OK\r\n\r\nok", thenClose: true),
            .bodyLongerThanSaid,
            .raw("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
            .raw("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\nX-Begun: "),
            .raw("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nH"),
            .raw("HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\nok"),
        ])
    func notReused(action: ReceiverAction) async throws {
        let receiver = try await ReceiverStub.start { _, index in index == 0 ? action : .status(503) }
        let sender = try await SenderUnderTest()
        #expect([200, 204].contains(try await sender.send(receiver.url).status))
        #expect(try await sender.counters().idle == 0)
        // What was left over must not become the answer to the next request.
        #expect(try await sender.send(receiver.url).status == 503)
        #expect(receiver.connectionsAccepted == 2)
        await sender.close()
    }

    @Test("a kept-alive connection that was closed while it waited costs no attempt")
    func staleConnection() async throws {
        let receiver = try await ReceiverStub.start { request, _ in
            request.path == "/last" ? .statusThenClose(200) : .status(201)
        }
        let sender = try await SenderUnderTest()
        for _ in 0..<20 {
            // Whether the sender has already seen the end of the connection when it sends again is a race; both ways must do.
            #expect(try await sender.send(receiver.url + "/last").status == 200)
            #expect(try await sender.send(receiver.url + "/next").status == 201)
        }
        await sender.close()
    }

    @Test("a request that kills a kept-alive connection is sent again once, on a fresh one")
    func reconnectsOnce() async throws {
        let receiver = try await ReceiverStub.start { request, index in
            index == 0 ? .ok : request.connection == 0 ? .reset : .status(202)
        }
        let sender = try await SenderUnderTest()
        #expect(try await sender.send(receiver.url).status == 200)
        let report = try await sender.send(receiver.url)
        #expect(report.status == 202)
        #expect(!report.connectionReused)
        #expect(receiver.requests.map(\.connection) == [0, 0, 1])
        await sender.close()
    }

    @Test("when the fresh connection dies too, the attempt has failed")
    func reconnectsOnlyOnce() async throws {
        let receiver = try await ReceiverStub.start { _, index in index == 0 ? .ok : .reset }
        let sender = try await SenderUnderTest()
        #expect(try await sender.send(receiver.url).status == 200)
        #expect(try await sender.send(receiver.url).failure?.code == .connectionClosed)
        #expect(receiver.requests.count == 3)
        await sender.close()
    }

    @Test("a kept-alive connection that dies inside its response is not tried again: the receiver has acted")
    func noSecondTryAfterAByte() async throws {
        let receiver = try await ReceiverStub.start { _, index in index == 0 ? .ok : .raw("H", thenClose: true) }
        let sender = try await SenderUnderTest()
        #expect(try await sender.send(receiver.url).status == 200)
        #expect(try await sender.send(receiver.url).failure?.code == .connectionClosed)
        #expect(receiver.requests.count == 2)
        await sender.close()
    }

    @Test("connections to different origins are not mixed")
    func origins() async throws {
        let receiver = try await ReceiverStub.start()
        let sender = try await SenderUnderTest(addresses: ["a.example": ["127.0.0.1"], "b.example": ["127.0.0.1"]])
        #expect(try await sender.send(receiver.url(host: "a.example")).status == 200)
        #expect(try await sender.send(receiver.url(host: "b.example")).connectionReused == false)
        #expect(try await sender.send(receiver.url(host: "a.example", path: "/x")).connectionReused)
        await sender.close()
    }

    @Test("no more connections wait than the limits say")
    func idleLimits() async throws {
        let receiver = try await ReceiverStub.start()
        let addresses = ["a.example": ["127.0.0.1"], "b.example": ["127.0.0.1"]]
        let sender = try await SenderUnderTest(addresses: addresses, limits: SenderLimits(idlePerTarget: 3, idleTotal: 4))
        _ = try await sender.send(8, to: receiver.url(host: "a.example"))
        #expect(try await sender.counters().idle == 3)
        _ = try await sender.send(8, to: receiver.url(host: "b.example"))
        #expect(try await sender.counters().idle <= 4)
        await sender.close()
    }

    @Test("a connection that waits too long is closed by the sweep")
    func idleTimeout() async throws {
        let receiver = try await ReceiverStub.start { _, index in index == 0 ? .ok : .hang }
        let sender = try await SenderUnderTest(limits: SenderLimits(idleTimeout: .milliseconds(100)))
        #expect(try await sender.send(receiver.url).status == 200)
        // An attempt in flight elsewhere keeps the sweep going; when it ends, the first connection has waited too long.
        let other = try await ReceiverStub.start(always: .hang)
        _ = try await sender.send(other.url, timeouts: AttemptTimeouts(total: .milliseconds(300)))
        #expect(try await sender.counters().idle == 0)
        await sender.close()
    }

    @Test("a connection past its lifetime is closed after its response, however busy")
    func lifetime() async throws {
        let receiver = try await ReceiverStub.start()
        let sender = try await SenderUnderTest(limits: SenderLimits(lifetime: .zero))
        for _ in 0..<3 { #expect(try await sender.send(receiver.url).status == 200) }
        #expect(receiver.connectionsAccepted == 3)
        await sender.close()
    }

    @Test("closing lets what is in flight end, and sends nothing new")
    func closing() async throws {
        let receiver = try await ReceiverStub.start { _, index in
            index == 0 ? .ok : .drip(Array("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".utf8), everyMilliseconds: 3)
        }
        let sender = try await SenderUnderTest()
        #expect(try await sender.send(receiver.url).status == 200)
        async let slow = sender.send(receiver.url)
        try await receiver.waitForRequests(2)
        async let closed: Void = sender.close()
        #expect(try await slow.status == 200)
        await closed
        #expect(try await sender.counters() == .init(open: 0, idle: 0, opened: 1, reused: 1, inFlight: 0))
        #expect(try await sender.send(receiver.url).failure?.code == .connectFailed)
        #expect(receiver.requests.count == 2)
    }

    @Test("a response before the whole request was read is taken, and the connection given up")
    func earlyResponse() async throws {
        let receiver = try await EarlyAnswer.start()
        let sender = try await SenderUnderTest()
        let report = try await sender.send(receiver.url, body: String(repeating: "x", count: 16 << 20))
        #expect(report.status == 413)
        #expect(try await sender.counters().idle == 0)
        await sender.close()
    }
}
