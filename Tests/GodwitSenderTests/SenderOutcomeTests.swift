import GodwitCore
import GodwitSender
import GodwitTestKit
import NIOCore
import Testing

struct SenderOutcomeTests {
    @Test("reports the status of every whole response", arguments: [200, 201, 204, 304, 400, 404, 410, 429, 500, 503, 599])
    func statuses(status: Int) async throws {
        let receiver = try await ReceiverStub.start(always: .status(status))
        let sender = try await SenderUnderTest()
        let report = try await sender.send(receiver.url + "/hook?a=b", body: #"{"n":1}"#)
        #expect(report.response == ReceiverResponse(status: UInt16(status)))
        let request = try #require(receiver.requests.first)
        #expect(request.method == "POST")
        #expect(request.path == "/hook?a=b")
        #expect(request.header("Host") == "127.0.0.1:\(receiver.port)")
        #expect(request.body == Array(#"{"n":1}"#.utf8))
        await sender.close()
    }

    @Test("a redirect is a status and nothing is sent to its location")
    func redirect() async throws {
        let other = try await ReceiverStub.start()
        let receiver = try await ReceiverStub.start(always: .redirect(to: other.url))
        let sender = try await SenderUnderTest()
        #expect(try await sender.send(receiver.url).status == 302)
        #expect(other.connectionsAccepted == 0)
        await sender.close()
    }

    @Test("takes Retry-After from the response, and ignores one that says nothing")
    func retryAfter() async throws {
        let receiver = try await ReceiverStub.start { _, index in
            .status(503, headers: [("retry-after", ["7", "soon"][index % 2])])
        }
        let sender = try await SenderUnderTest()
        #expect(try await sender.send(receiver.url).response?.retryAfter == .delay(.seconds(7)))
        #expect(try await sender.send(receiver.url).response?.retryAfter == nil)
        await sender.close()
    }

    @Test("keeps the beginning of the body, and reads the rest so that the connection can be used again")
    func bodyKept() async throws {
        let receiver = try await ReceiverStub.start(always: .hugeBody(bytes: Limits.responseBodyBytesRead))
        let sender = try await SenderUnderTest()
        let body = try await sender.send(receiver.url).response?.body
        #expect(body == [UInt8](repeating: UInt8(ascii: "x"), count: Limits.responseBodyBytesKept))
        #expect(try await sender.counters().idle == 1)
        await sender.close()
    }

    @Test("keeps as much of the body as it is asked to, and never more than the limit")
    func bodyKeptAsAsked() async throws {
        let receiver = try await ReceiverStub.start(always: .hugeBody(bytes: 2 * Limits.responseBodyBytesKeptMax))
        let sender = try await SenderUnderTest()
        let max = Limits.responseBodyBytesKeptMax
        for (asked, kept) in [(0, 0), (-1, 0), (10, 10), (max, max), (max + 1, max)] {
            #expect(try await sender.send(receiver.url, bodyBytesKept: asked).response?.body.count == kept)
        }
        await sender.close()
    }

    @Test("takes the directive from the response, and ignores a word that it doesn't know")
    func directive() async throws {
        let receiver = try await ReceiverStub.start { _, index in
            .status(200, headers: [("Webhook-Delivery", [" Stop", "retry", "later"][index % 3])])
        }
        let sender = try await SenderUnderTest()
        #expect(try await sender.send(receiver.url).response?.directive == .stop)
        #expect(try await sender.send(receiver.url).response?.directive == .retry)
        #expect(try await sender.send(receiver.url).response?.directive == nil)
        await sender.close()
    }

    static let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

    @Test(
        "reads bodies however they are framed",
        arguments: [
            chunked + "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nTrailer: t\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcde",
            "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nabcde",
            "HTTP/1.0 200 OK\r\n\r\nabcde",
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200\r\ncontent-length:5\r\n\r\nabcde",
        ])
    func framing(response: String) async throws {
        let receiver = try await ReceiverStub.start(always: .raw(response, thenClose: true))
        let sender = try await SenderUnderTest()
        #expect(try await sender.send(receiver.url).response == ReceiverResponse(status: 200, body: Array("abcde".utf8)))
        await sender.close()
    }

    @Test("skips interim responses up to the limit")
    func interim() async throws {
        let receiver = try await ReceiverStub.start(always: .interimStorm(Limits.interimResponses))
        let sender = try await SenderUnderTest()
        #expect(try await sender.send(receiver.url).status == 200)
        #expect(try await sender.counters().idle == 1)
        await sender.close()
    }

    static let misbehaviour: [(ReceiverAction, TransportFailure.Code)] = [
        (.reset, .connectionClosed),
        (.resetInsideBody, .connectionClosed),
        (.closeAfterHeaders, .connectionClosed),
        (.bodyShorterThanSaid, .connectionClosed),
        (.raw("", thenClose: true), .connectionClosed),
        (.raw("HTTP/1.1 200 OK\r\nContent-Le", thenClose: true), .connectionClosed),
        (.hugeBody(bytes: Limits.responseBodyBytesRead + 1), .responseTooLarge),
        (.flood(bytes: 100 << 20), .responseTooLarge),
        (.endlessHeaders, .malformedResponse),
        (.interimStorm(Limits.interimResponses + 1), .malformedResponse),
        (.raw("SSH-2.0-OpenSSH_9.2\r\n"), .malformedResponse),
        (.raw("HTTP/2 200\r\n\r\n"), .malformedResponse),
        (.raw("HTTP/1.1 99 Low\r\n\r\n"), .malformedResponse),
        (.raw("HTTP/1.1 600 High\r\n\r\n"), .malformedResponse),
        (.raw("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"), .malformedResponse),
        (.raw("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"), .malformedResponse),
        (.raw("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"), .malformedResponse),
        (.raw("HTTP/1.1 200 OK\r\nBad Header: x\r\n\r\n"), .malformedResponse),
        (.raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"), .malformedResponse),
        (.raw("HTTP/1.1 200 " + String(repeating: "O", count: Limits.responseHeaderBytes + 1)), .malformedResponse),
    ]

    @Test("names what a receiver did wrong, and closes its connection", arguments: misbehaviour)
    func misbehaviours(action: ReceiverAction, code: TransportFailure.Code) async throws {
        let receiver = try await ReceiverStub.start(always: action)
        let sender = try await SenderUnderTest()
        let failure = try await sender.send(receiver.url).failure
        #expect(failure?.code == code)
        #expect(failure?.detail.isEmpty == false)
        #expect(try await sender.counters().idle == 0)
        // A fresh connection that fails is not tried again within the attempt.
        #expect(receiver.requests.count == 1)
        await sender.close()
        #expect(try await sender.isEmpty())
        try await Patience.until { receiver.connectionsOpen == 0 }
    }

    @Test("a redirect to itself is followed by nobody")
    func redirectLoop() async throws {
        let receiver = try await ReceiverStub.start(always: .redirect(to: "/again"))
        let sender = try await SenderUnderTest()
        #expect(try await sender.send(receiver.url + "/again").status == 302)
        #expect(receiver.requests.count == 1)
        await sender.close()
    }

    @Test("chunk framing counts too: a small body can't bring any number of bytes")
    func chunkFraming() async throws {
        let extended = "1;\(String(repeating: "e", count: 4000))\r\nx\r\n"
        let pieces = String(repeating: extended, count: Limits.responseWireBytes / 4000)
        let receiver = try await ReceiverStub.start(always: .raw(Self.chunked + pieces))
        let sender = try await SenderUnderTest()
        #expect(try await sender.send(receiver.url).failure?.code == .responseTooLarge)
        await sender.close()
    }

    @Test("takes the time of each phase, and leaves out those that didn't happen")
    func timings() async throws {
        let receiver = try await ReceiverStub.start()
        let sender = try await SenderUnderTest(addresses: ["hooks.example.com": ["127.0.0.1"]])
        let first = try await sender.send(receiver.url(host: "hooks.example.com"))
        let second = try await sender.send(receiver.url(host: "hooks.example.com"))
        #expect(first.timings.resolve != nil && first.timings.connect != nil && first.timings.firstByte != nil)
        #expect(first.timings.tls == nil)
        #expect(first.timings.total >= first.timings.firstByte ?? .max)
        #expect(!first.connectionReused)
        #expect(second.connectionReused)
        #expect(second.timings.resolve == nil && second.timings.connect == nil && second.timings.firstByte != nil)
        await sender.close()
    }
}
