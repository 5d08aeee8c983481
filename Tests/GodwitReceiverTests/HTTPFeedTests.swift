import GodwitReceiver
import GodwitTestKit
import NIOSSL
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The feed's client against servers that do right and wrong, over real connections.
@Suite struct HTTPFeedTests {
    private static let page = #"{"data":[{"sequence":3,"id":"c","gone":"expired"}],"head":3,"next":3,"done":true}"#

    private func feed(_ server: ReceiverStub, seconds: Int = 15) throws -> HTTPFeed {
        try HTTPFeed(url: server.url + "/api/v1/app/a/endpoint/e/feed", token: "secret", answerSeconds: seconds)
    }

    private func json(_ text: String) -> ReceiverAction { .status(200, body: Array(text.utf8)) }

    @Test func itAsksAsTheServerWantsToBeAsked() async throws {
        let server = try await ReceiverStub.start { request, _ in
            request.method == "HEAD"
                ? .raw("HTTP/1.1 200 OK\r\nwebhook-head: 7\r\ncontent-length: 10\r\n\r\n") : json(Self.page)
        }
        let feed = try feed(server)
        let page = try await feed.page(after: 2, limit: 5, waitSeconds: 30)
        #expect(page.head == 3 && page.next == 3 && page.items.map(\.sequence) == [3])
        #expect(try await feed.head() == 7)
        let requests = server.requests
        #expect(requests.map(\.method) == ["GET", "HEAD"])
        #expect(requests.map(\.path) == ["?after=2&limit=5&wait=30", ""].map { "/api/v1/app/a/endpoint/e/feed" + $0 })
        #expect(requests.allSatisfy { $0.header("authorization") == "Bearer secret" })
        #expect(requests.allSatisfy { $0.header("host") == "127.0.0.1:\(server.port)" })
        try await server.stop()
    }

    @Test(arguments: [204, 206, 301, 401, 403, 404, 410, 429, 500, 503])
    func statuses(status: Int) async throws {
        let server = try await ReceiverStub.start(always: .status(status, headers: [("webhook-head", "7")]))
        await #expect(throws: FeedFailure.status(status)) { try await feed(server).page(after: 0, limit: 1, waitSeconds: 0) }
        await #expect(throws: FeedFailure.status(status)) { try await feed(server).head() }
        try await server.stop()
    }

    @Test(arguments: [
        ReceiverAction.status(200), .status(200, body: Array("<html>".utf8)), .status(200, body: Array("[]".utf8)),
        .status(200, body: [0xFF, 0x00]), .status(200, body: Array(repeating: UInt8(ascii: "["), count: 100_000)),
        .status(200, body: Array(#"{"data":[{"sequence":1,"id":"a","headers":{},"bodyBase64":"?"}],"head":1,"next":1}"#.utf8)),
        .status(200, headers: [("webhook-head", "-1")], body: Array("{}".utf8)),
    ])
    func answersThatAreNoPage(action: ReceiverAction) async throws {
        let server = try await ReceiverStub.start(always: action)
        await #expect(throws: FeedFailure.self) { try await feed(server).page(after: 0, limit: 1, waitSeconds: 0) }
        await #expect(throws: FeedFailure.self) { try await feed(server).head() }
        try await server.stop()
    }

    @Test(arguments: [
        ReceiverAction.reset, .resetInsideBody, .closeAfterHeaders, .bodyShorterThanSaid, .raw("no HTTP at all\r\n\r\n"),
        .raw("HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n"),
    ])
    func connectionsThatBreak(action: ReceiverAction) async throws {
        let server = try await ReceiverStub.start(always: action)
        await #expect(throws: FeedFailure.self) { try await feed(server).page(after: 0, limit: 1, waitSeconds: 0) }
        try await server.stop()
    }

    /// A server that says nothing, or one byte at a time, or never ends its head: all have the same time.
    @Test(arguments: [
        ReceiverAction.hang, .endlessHeaders,
        .drip(Array("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}".utf8), everyMilliseconds: 400),
    ])
    func answersThatTakeTooLong(action: ReceiverAction) async throws {
        let server = try await ReceiverStub.start(always: action)
        await #expect(throws: FeedFailure.self) { try await feed(server, seconds: 1).page(after: 0, limit: 1, waitSeconds: 0) }
        try await server.stop()
    }

    @Test func nobodyThere() async throws {
        let server = try await ReceiverStub.start()
        let feed = try feed(server)
        try await server.stop()
        await #expect(throws: FeedFailure.self) { try await feed.head() }
    }

    @Test func theWholeAnswerIsBounded() async throws {
        let server = try await ReceiverStub.start(always: .flood(bytes: ReceiverLimits.feedAnswerBytes + 1))
        await #expect(throws: FeedFailure.self) { try await feed(server).page(after: 0, limit: 1, waitSeconds: 0) }
        try await server.stop()
    }

    @Test func aCancelledRequestEndsAtOnce() async throws {
        let server = try await ReceiverStub.start(always: .hang)
        let feed = try feed(server)
        let asking = Task { try await feed.page(after: 0, limit: 1, waitSeconds: 30) }
        try await server.waitForRequests(1)
        asking.cancel()
        await #expect(throws: (any Error).self) { try await asking.value }
        try await Patience.until { server.connectionsOpen == 0 }
        try await server.stop()
    }

    @Test(arguments: ["localhost", "127.0.0.1"])
    func overTLSTheServerMustProveItsName(host: String) async throws {
        let certificate = try TestCertificate(subjectAltName: "DNS:localhost")
        let server = try await ReceiverStub.start(tls: certificate.serverContext(), always: json(Self.page))
        try await withDirectory { directory async throws in
            let roots = directory + "/ca.pem"
            try Data(certificate.authorityPEM).write(to: URL(filePath: roots))
            let feed = try HTTPFeed(url: server.url(host: host, path: "/feed"), token: "secret", trustRoots: roots)
            if host == "localhost" {
                #expect(try await feed.page(after: 0, limit: 1, waitSeconds: 0).head == 3)
            } else {
                await #expect(throws: FeedFailure.self) { try await feed.head() }
            }
            let unknown = try HTTPFeed(url: server.url(host: host, path: "/feed"), token: "secret")
            await #expect(throws: FeedFailure.self) { try await unknown.head() }
        }
        try await server.stop()
    }

    @Test(arguments: [
        "", "feed", "ftp://a/feed", "http:///feed", "http://a/feed?after=1", "http://u:p@a/feed", "http://a:0/feed",
    ])
    func urlsThatAreNone(url: String) {
        #expect(throws: FeedFailure.self) { try HTTPFeed(url: url, token: "t") }
    }

    @Test(arguments: ["", "a b", "a\r\nx: y", "é"])
    func tokensThatAreNone(token: String) {
        #expect(throws: FeedFailure.self) { try HTTPFeed(url: "http://a/feed", token: token) }
    }
}
