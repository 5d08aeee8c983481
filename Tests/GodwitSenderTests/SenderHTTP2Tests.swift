import GodwitCore
import GodwitSender
import GodwitTestKit
import NIOCore
import Testing

@Suite(.serialized)
struct SenderHTTP2Tests {
    @Test("speaks HTTP/2 where the receiver chooses it, with the same request and the same response")
    func exchange() async throws {
        let setup = try await HTTP2Setup { _, _ in
            .status(503, headers: [("Retry-After", "7"), ("Webhook-Delivery", "stop")], body: Array("later".utf8))
        }
        let url = setup.receiver.url(host: HTTP2Setup.host, path: "/hook?a=b")
        let headers = "X-Custom:  two words \r\nConnection: close\r\nwebhook-id: msg_1\r\n"
        let first = try await setup.sender.send(url, headers: headers, body: #"{"n":1}"#)
        let expected = ReceiverResponse(
            status: 503, retryAfter: .delay(.seconds(7)), directive: .stop, body: Array("later".utf8))
        #expect(first.response == expected)
        #expect(first.timings.tls ?? 0 > 0 && first.timings.firstByte != nil && !first.connectionReused)
        let request = try #require(setup.receiver.requests.first)
        #expect(request.method == "POST" && request.path == "/hook?a=b")
        #expect(request.header(":scheme") == "https")
        #expect(request.header(":authority") == "\(HTTP2Setup.host):\(setup.receiver.port)")
        #expect(request.header("x-custom") == "two words" && request.header("webhook-id") == "msg_1")
        #expect(request.header("connection") == nil && request.header("host") == nil)
        #expect(request.header("content-length") == "7")
        #expect(request.headers.allSatisfy { $0.name == $0.name.lowercased() })
        #expect(request.body == Array(#"{"n":1}"#.utf8))
        let second = try await setup.sender.send(url)
        #expect(second.connectionReused && second.timings.connect == nil)
        await setup.sender.close()
        #expect(try await setup.sender.isEmpty())
    }

    @Test("a header that HTTP/2 can't carry fails the attempt alone, after send has returned")
    func unsendable() async throws {
        let setup = try await HTTP2Setup()
        #expect(try await setup.sender.send(setup.url).status == 200)
        let failure = try await setup.sender.send(setup.url, headers: "X Y: z\r\n").failure
        #expect(failure?.code == .notSigned, "\(failure?.detail ?? "no failure")")
        #expect(try await setup.sender.send(setup.url).connectionReused)
        #expect(setup.receiver.connectionsAccepted == 1)
        await setup.sender.close()
        #expect(try await setup.sender.isEmpty())
    }

    @Test("a hundred requests at once share one connection, and wait for it while it is being opened")
    func shared() async throws {
        let setup = try await HTTP2Setup()
        let reports = try await setup.sender.send(100, to: setup.url)
        #expect(reports.allSatisfy { $0.status == 200 })
        #expect(setup.receiver.connectionsAccepted == 1)
        let counters = try await setup.sender.counters()
        #expect(counters == .init(open: 1, idle: 1, opened: 1, reused: 99, inFlight: 0))
        await setup.sender.close()
        #expect(try await setup.sender.isEmpty())
    }

    @Test("never exceeds the streams that the receiver permits, nor the connections that we permit")
    func concurrencyLimit() async throws {
        let setup = try await HTTP2Setup(greeting: [.settings([(3, 2)])])
        let reports = try await setup.sender.send(60, to: setup.url)
        #expect(reports.allSatisfy { $0.status == 200 })
        #expect(setup.receiver.connectionsAccepted <= Limits.streamConnectionsPerOrigin + 1)
        await setup.sender.close()
        #expect(try await setup.sender.isEmpty())
    }

    @Test("attempts for which there is no stream wait, are served when one is free, and fail at their time to connect")
    func queue() async throws {
        let places = Limits.streamConnectionsPerOrigin
        let setup = try await HTTP2Setup(greeting: [.settings([(3, 1)])]) { request, _ in
            request.path == "/hang" ? .hang : .ok
        }
        let hanging = setup.receiver.url(host: HTTP2Setup.host, path: "/hang")
        async let held = setup.sender.send(
            places, to: hanging, timeouts: AttemptTimeouts(firstByte: .seconds(3)))
        try await setup.receiver.waitForRequests(places)
        let impatient = try await setup.sender.send(setup.url, timeouts: AttemptTimeouts(connect: .milliseconds(100)))
        #expect(impatient.failure == TransportFailure(.connectTimedOut, "no free HTTP/2 stream within 100 ms"))
        #expect(try await setup.sender.send(setup.url).status == 200)
        #expect(try await held.allSatisfy { $0.failure?.code == .firstByteTimedOut })
        await setup.sender.close()
        #expect(try await setup.sender.isEmpty())
    }

    @Test("speaks HTTP/1.1 where the receiver chooses that, and opens a connection for each attempt then")
    func fallback() async throws {
        let tls = try HTTP2Setup.certificate.get().serverContext(protocols: ["http/1.1"])
        let receiver = try await ReceiverStub.start(tls: tls)
        let sender = try await SenderUnderTest(addresses: [HTTP2Setup.host: ["127.0.0.1"]], tls: HTTP2Setup.trust())
        let reports = try await sender.send(20, to: receiver.url(host: HTTP2Setup.host))
        #expect(reports.allSatisfy { $0.status == 200 })
        #expect(receiver.connectionsAccepted > 1)
        #expect(try await sender.send(receiver.url(host: HTTP2Setup.host)).connectionReused)
        await sender.close()
        #expect(try await sender.isEmpty())
    }

    @Test(
        "where HTTP/2 is chosen and then refused, everything is sent by HTTP/1.1, and HTTP/2 not offered again",
        arguments: [ScriptedFrame.reset(13), .goAway(last: 0, code: 13)])
    func http1Required(refusal: ScriptedFrame) async throws {
        let setup = try await HTTP2Setup(speaksHTTP1: true) { _, _ in .frames([refusal]) }
        let first = try await setup.sender.send(5, to: setup.url)
        #expect(first.allSatisfy { $0.status == 200 }, "\(first.compactMap(\.failure))")
        let accepted = setup.receiver.connectionsAccepted
        #expect(accepted <= 6)
        #expect(try await setup.sender.send(setup.url).status == 200)
        #expect(setup.receiver.connectionsAccepted == accepted)
        await setup.sender.close()
        #expect(try await setup.sender.isEmpty())
    }

    @Test("all that wait for a connection are told why it couldn't be opened")
    func sharedFailure() async throws {
        let tls = try HTTP2Setup.certificate.get().serverContext(protocols: ["h2"])
        let receiver = try await HTTP2ReceiverStub.start(tls: tls)
        let sender = try await SenderUnderTest(addresses: [HTTP2Setup.host: ["127.0.0.1"]])
        let reports = try await sender.send(30, to: receiver.url(host: HTTP2Setup.host))
        #expect(reports.allSatisfy { $0.failure?.code == .tlsFailed })
        await sender.close()
        #expect(try await sender.isEmpty())
    }

    @Test("whoever has less time doesn't end the opening for the others")
    func ownDeadlines() async throws {
        let setup = try await HTTP2Setup(greeting: [])
        async let patient = setup.sender.send(setup.url, timeouts: AttemptTimeouts(tls: .milliseconds(1600)))
        async let impatient = setup.sender.send(setup.url, timeouts: AttemptTimeouts(tls: .milliseconds(800)))
        let text = "no HTTP/2 settings from the receiver within"
        #expect(try await impatient.failure == TransportFailure(.firstByteTimedOut, "\(text) 800 ms"))
        #expect(try await patient.failure == TransportFailure(.firstByteTimedOut, "\(text) 1600 ms"))
        #expect(setup.receiver.connectionsAccepted == 1)
        await setup.sender.close()
        #expect(try await setup.sender.isEmpty())
    }

    @Test("keeps the beginning of a body up to the limit, and takes bodies through many windows")
    func bodies() async throws {
        let body = [UInt8](repeating: UInt8(ascii: "x"), count: Limits.responseBodyBytesRead)
        let setup = try await HTTP2Setup { _, _ in .status(200, body: body) }
        for _ in 0..<10 {
            let response = try await setup.sender.send(setup.url, bodyBytesKept: 100).response
            #expect(response?.body.count == 100)
        }
        let large = String(repeating: "y", count: 1 << 20)
        #expect(try await setup.sender.send(setup.url, body: large).status == 200)
        #expect(setup.receiver.requests.last?.body.count == 1 << 20)
        #expect(setup.receiver.connectionsAccepted == 1)
        await setup.sender.close()
    }

    @Test("a stream that times out ends alone when others are answered on its connection")
    func abandonedStream() async throws {
        let setup = try await HTTP2Setup { request, _ in request.path == "/hang" ? .hang : .ok }
        #expect(try await setup.sender.send(setup.url).status == 200)
        let hanging = setup.receiver.url(host: HTTP2Setup.host, path: "/hang")
        async let hung = setup.sender.send(hanging, timeouts: AttemptTimeouts(firstByte: .milliseconds(300)))
        try await setup.receiver.waitForRequests(2)
        #expect(try await setup.sender.send(setup.url).status == 200)
        #expect(try await hung.failure?.code == .firstByteTimedOut)
        #expect(try await setup.sender.send(setup.url).status == 200)
        #expect(setup.receiver.connectionsAccepted == 1)
        await setup.sender.close()
        #expect(try await setup.sender.isEmpty())
    }

    @Test("a connection on which nothing came while a stream waited in vain is not used again")
    func deadConnection() async throws {
        let setup = try await HTTP2Setup(grantsWindows: false) { _, index in
            index == 0 ? .ok : index == 1 ? .hang : .status(201)
        }
        #expect(try await setup.sender.send(setup.url).status == 200)
        let hung = try await setup.sender.send(setup.url, timeouts: AttemptTimeouts(firstByte: .milliseconds(80)))
        #expect(hung.failure?.code == .firstByteTimedOut)
        #expect(try await setup.sender.send(setup.url).status == 201)
        #expect(setup.receiver.requests.map(\.connection) == [0, 0, 1])
        await setup.sender.close()
        #expect(try await setup.sender.isEmpty())
    }

    @Test("a kept-alive connection that was closed while it waited costs no attempt")
    func staleConnection() async throws {
        let setup = try await HTTP2Setup { request, _ in
            request.path == "/last" ? .frames([.headers(status: 200, endStream: true)], thenClose: true) : .status(201)
        }
        for _ in 0..<10 {
            #expect(try await setup.sender.send(setup.receiver.url(host: HTTP2Setup.host, path: "/last")).status == 200)
            #expect(try await setup.sender.send(setup.url).status == 201)
        }
        await setup.sender.close()
        #expect(try await setup.sender.isEmpty())
    }

    @Test("a response before the whole request was read is taken, and the connection used further")
    func earlyResponse() async throws {
        // No window: the body can't be sent.
        let setup = try await HTTP2Setup(greeting: [.settings([(4, 0)])], grantsWindows: false, answersEarly: true) { _, _ in
            .status(413)
        }
        #expect(try await setup.sender.send(setup.url).status == 413)
        #expect(try await setup.sender.send(setup.url).connectionReused)
        #expect(setup.receiver.connectionsAccepted == 1)
        await setup.sender.close()
        #expect(try await setup.sender.isEmpty())
    }

    @Test("an idle connection is closed by the sweep, and one past its lifetime after its streams")
    func expiry() async throws {
        let idle = try await HTTP2Setup(limits: SenderLimits(idleTimeout: .milliseconds(50)))
        #expect(try await idle.sender.send(idle.url).status == 200)
        try await Patience.until { try await idle.sender.isEmpty() }
        let old = try await HTTP2Setup(limits: SenderLimits(lifetime: .zero))
        for _ in 0..<3 { #expect(try await old.sender.send(old.url).status == 200) }
        #expect(old.receiver.connectionsAccepted == 3)
        await old.sender.close()
        await idle.sender.close()
    }
}
