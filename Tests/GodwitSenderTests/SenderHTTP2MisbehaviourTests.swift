import GodwitCore
import GodwitSender
import GodwitTestKit
import NIOCore
import Testing

/// Receivers that break HTTP/2's rules, or use them against us. Each has a named outcome, and leaves nothing behind.
@Suite(.serialized)
struct SenderHTTP2MisbehaviourTests {
    private static let filler = (0..<4).map { ("x-filler-\($0)", String(repeating: "y", count: 3900)) }

    static let misbehaviour: [(String, HTTP2Action, TransportFailure.Code)] = [
        ("reset", .frames([.reset(8)]), .streamReset),
        ("reset inside the body", .frames([.headers(status: 200), .data([1, 2]), .reset(2)]), .streamReset),
        ("resets on a stream that is closed", .endless([.reset(2)]), .streamReset),
        ("close without a response", .frames([], thenClose: true), .connectionClosed),
        ("close inside the body", .frames([.headers(status: 200), .data([1])], thenClose: true), .connectionClosed),
        (
            "endless continuation", .endless([.continuation(filler)], after: [.headers(filler, endHeaders: false)]),
            .malformedResponse
        ),
        (
            "endless small continuation",
            .endless([.continuation([("a", "b")])], after: [.headers(status: 200, endHeaders: false)]), .malformedResponse
        ),
        (
            "endless empty continuation", .endless([.continuation([])], after: [.headers([], endHeaders: false)]),
            .malformedResponse
        ),
        (
            "more headers than the limit",
            .frames(
                [.headers(status: 200, filler, endHeaders: false)] + (0..<4).map { .continuation(filler, endHeaders: $0 == 3) }),
            .malformedResponse
        ),
        ("interim storm", .endless([.headers(status: 103)]), .malformedResponse),
        ("interim that ends", .frames([.headers(status: 103, endStream: true)]), .malformedResponse),
        ("status out of range", .frames([.headers(status: 600, endStream: true)]), .malformedResponse),
        ("status 101", .frames([.headers(status: 101)]), .malformedResponse),
        ("no status", .frames([.headers([("x", "y")], endStream: true)]), .malformedResponse),
        (
            "header name in upper case", .frames([.headers(status: 200, [("X-Upper", "y")], endStream: true)]),
            .malformedResponse
        ),
        ("body before headers", .frames([.data([1], endStream: true)]), .malformedResponse),
        (
            "body longer than said",
            .frames([.headers(status: 200, [("content-length", "1")]), .data([1, 2], endStream: true)]), .malformedResponse
        ),
        (
            "body shorter than said",
            .frames([.headers(status: 200, [("content-length", "9")]), .data([1, 2], endStream: true)]), .malformedResponse
        ),
        (
            "two lengths",
            .frames([
                .headers(status: 200, [("content-length", "1"), ("content-length", "2")]), .data([1, 2], endStream: true),
            ]), .malformedResponse
        ),
        (
            "body without end", .endless([.data([UInt8](repeating: 0, count: 16_000))], after: [.headers(status: 200)]),
            .responseTooLarge
        ),
        ("empty data without end", .endless([.data([])], after: [.headers(status: 200)]), .malformedResponse),
        ("settings flood", .endless(Array(repeating: .settings([(3, 100)]), count: 20)), .malformedResponse),
        ("ping flood", .endless(Array(repeating: .ping(), count: 20)), .malformedResponse),
        ("window beyond its limit", .endless([.windowUpdate(.connection, 0x7FFF_FFFF)]), .malformedResponse),
        ("GOAWAY storm that spares the stream", .endless([.goAway(last: 0x7FFF_FFFF)]), .malformedResponse),
        (
            "unknown frame without end", .endless([ScriptedFrame(type: 99, flags: 0, place: .stream, payload: [0])]),
            .firstByteTimedOut
        ),
        (
            "pushed stream",
            .frames([ScriptedFrame(type: 5, flags: 4, place: .stream, payload: [0, 0, 0, 2])]), .malformedResponse
        ),
        ("silence", .hang, .firstByteTimedOut),
        ("silence inside the body", .frames([.headers(status: 200), .data([1])]), .bodyIdle),
    ]

    @Test("has a named outcome and leaks nothing", .timeLimit(.minutes(2)), arguments: misbehaviour)
    func misbehaviours(name: String, action: HTTP2Action, code: TransportFailure.Code) async throws {
        let setup = try await HTTP2Setup { _, _ in action }
        let timeouts = AttemptTimeouts(firstByte: .seconds(3), idleBody: .seconds(1), total: .seconds(12))
        let failure = try await setup.sender.send(setup.url, timeouts: timeouts).failure
        #expect(failure?.code == code, "\(name): \(failure?.detail ?? "no failure")")
        #expect(failure?.detail.isEmpty == false)
        #expect(setup.receiver.requests.count == 1)
        await setup.sender.close()
        #expect(try await setup.sender.isEmpty())
        try await Patience.until { setup.receiver.connectionsOpen == 0 }
    }

    @Test("a request that a GOAWAY left out is sent again once, on a fresh connection")
    func goAwayRefuses() async throws {
        let setup = try await HTTP2Setup { _, index in index == 0 ? .frames([.goAway(last: 0)]) : .status(201) }
        let report = try await setup.sender.send(setup.url)
        #expect(report.status == 201)
        #expect(setup.receiver.requests.map(\.connection) == [0, 1])
        await setup.sender.close()
        #expect(try await setup.sender.isEmpty())
    }

    @Test("of many streams, those that a GOAWAY left out are sent again, and those that it took are answered")
    func goAwayDivides() async throws {
        let setup = try await HTTP2Setup { request, index in
            guard request.connection == 0 else { return .status(201) }
            return index == 0 ? .frames([.goAway(last: 1), .headers(status: 200, endStream: true)]) : .hang
        }
        // Without bodies, which flow control may put in another order than the streams.
        let reports = try await setup.sender.send(10, to: setup.url, body: "")
        #expect(reports.filter { $0.status == 200 }.count == 1, "\(reports.compactMap(\.failure))")
        #expect(reports.filter { $0.status == 201 }.count == 9)
        #expect(setup.receiver.connectionsAccepted == 2)
        await setup.sender.close()
        #expect(try await setup.sender.isEmpty())
    }

    @Test("an orderly GOAWAY costs nothing: what was taken is answered, what comes next goes elsewhere")
    func orderlyGoAway() async throws {
        let setup = try await HTTP2Setup { _, index in
            index == 0 ? .frames([.goAway(last: 0x7FFF_FFFF), .goAway(last: 1), .headers(status: 200, endStream: true)]) : .ok
        }
        #expect(try await setup.sender.send(setup.url).status == 200)
        #expect(try await setup.sender.send(setup.url).status == 200)
        #expect(setup.receiver.requests.map(\.connection) == [0, 1])
        await setup.sender.close()
        #expect(try await setup.sender.isEmpty())
    }

    @Test(
        "a storm of GOAWAY or REFUSED_STREAM ends after the second try",
        arguments: [[ScriptedFrame.goAway(last: 0)], [.goAway(last: 0, code: 11)], [.reset(7)]])
    func storm(frames: [ScriptedFrame]) async throws {
        let setup = try await HTTP2Setup { _, _ in .frames(frames) }
        let reports = try await setup.sender.send(50, to: setup.url)
        #expect(reports.allSatisfy { $0.failure?.code == .streamReset })
        #expect(setup.receiver.requests.count <= 100)
        #expect(try await setup.sender.counters().inFlight == 0)
        await setup.sender.close()
        #expect(try await setup.sender.isEmpty())
        try await Patience.until { setup.receiver.connectionsOpen == 0 }
    }

    @Test("a refused stream is sent again once, on a fresh connection")
    func refusedStream() async throws {
        let setup = try await HTTP2Setup { _, index in index == 0 ? .frames([.reset(7)]) : .status(201) }
        #expect(try await setup.sender.send(setup.url).status == 201)
        #expect(setup.receiver.requests.map(\.connection) == [0, 1])
        await setup.sender.close()
        #expect(try await setup.sender.isEmpty())
    }

    @Test("a storm of resets closes the connection at last, and hurts nobody else")
    func resetStorm() async throws {
        let setup = try await HTTP2Setup { _, index in index < 240 ? .frames([.reset(2)]) : .ok }
        for _ in 0..<4 {
            let reports = try await setup.sender.send(60, to: setup.url)
            #expect(reports.allSatisfy { $0.failure?.code == .streamReset })
        }
        #expect(try await setup.sender.send(setup.url).status == 200)
        await setup.sender.close()
        #expect(try await setup.sender.isEmpty())
    }

    @Test(
        "a greeting that isn't one has a named outcome",
        arguments: [
            ([], .firstByteTimedOut), ([.settings([(3, 0)])], .streamReset), ([.goAway(last: 0)], .malformedResponse),
            ([.settings([(4, 0xFFFF_FFFF)])], .malformedResponse), ([.ping()], .malformedResponse),
            ([.settings([]), .goAway(last: 0)], .streamReset),
        ] as [([ScriptedFrame], TransportFailure.Code)])
    func greeting(frames: [ScriptedFrame], code: TransportFailure.Code) async throws {
        let setup = try await HTTP2Setup(greeting: frames)
        let failure = try await setup.sender.send(setup.url, timeouts: AttemptTimeouts(tls: .milliseconds(1500))).failure
        #expect(failure?.code == code, "\(failure?.detail ?? "no failure")")
        await setup.sender.close()
        #expect(try await setup.sender.isEmpty())
    }

    @Test("a window that stays shut holds the request back until its time is over")
    func shutWindow() async throws {
        let setup = try await HTTP2Setup(greeting: [.settings([(4, 0)])], grantsWindows: false)
        let reports = try await setup.sender.send(
            20, to: setup.url, timeouts: AttemptTimeouts(firstByte: .milliseconds(150)))
        #expect(reports.allSatisfy { $0.failure?.code == .firstByteTimedOut })
        #expect(setup.receiver.requests.isEmpty)
        await setup.sender.close()
        #expect(try await setup.sender.isEmpty())
    }
}
