import GodwitBench
import GodwitCore
import NIOCore
import NIOPosix
import Testing

struct SinkTests {
    private static let run = EventTemplate.RunID(rawValue: 77)

    private static func event(_ sequence: Int, run: EventTemplate.RunID = run, isMeasured: Bool = true) -> [UInt8] {
        var bytes = EventTemplate(run: run, payloadBytes: 200).bytes
        let digits = String(sequence)
        let end = EventTemplate.sequenceOffset + EventTemplate.sequenceDigits
        bytes.replaceSubrange((end - digits.utf8.count)..<end, with: Array(digits.utf8))
        bytes[EventTemplate.measuredOffset] = UInt8(ascii: isMeasured ? "1" : "0")
        return bytes
    }

    private func ledger(_ deliveries: [(path: String, body: [UInt8])]) -> SinkLedger {
        var ledger = SinkLedger(run: Self.run, endpoints: 2)
        _ = answers(deliveries, &ledger)
        return ledger
    }

    private func answers(_ deliveries: [(path: String, body: [UInt8])], _ ledger: inout SinkLedger) -> [SinkAnswer] {
        var answers: [SinkAnswer] = []
        for (path, body) in deliveries {
            answers.append(ledger.record(path: Array(path.utf8).span, body: body.span, at: 2_000_000))
        }
        return answers
    }

    @Test("counts a delivery once for each endpoint, and sees duplicates")
    func counts() {
        let report = ledger([("0", Self.event(5)), ("1", Self.event(5)), ("0", Self.event(5)), ("0", Self.event(6))]).report
        #expect(report.delivered == 3 && report.duplicates == 1 && report.unrecognized == 0)
    }

    @Test("leaves the warm-up out of what is measured")
    func warmUp() {
        let report = ledger([("0", Self.event(1, isMeasured: false)), ("0", Self.event(2))]).report
        #expect(report.delivered == 2 && report.measured == 1 && report.latencies.count == 1)
        #expect(report.latencies.summary?.max == 2000 && report.lastMeasuredAt == 2_000_000)
    }

    @Test("doesn't count what is of another run, endpoint or kind")
    func unrecognized() {
        let other = EventTemplate.RunID(rawValue: 78)
        let report = ledger([("0", Self.event(1, run: other)), ("2", Self.event(1)), ("x", Self.event(1)), ("0", [])]).report
        #expect(report.delivered == 0 && report.unrecognized == 4)
    }

    @Test(
        "only counts attempts at endpoints that are set apart, and leaves them without an answer if it is to",
        arguments: [true, false])
    func apart(hangs: Bool) throws {
        var ledger = SinkLedger(run: Self.run, endpoints: 2, script: SinkScript(apart: 1, hangs: hangs))
        let answers = answers([("0", Self.event(1)), ("0", Self.event(1)), ("1", Self.event(1))], &ledger)
        #expect(answers == (hangs ? [.silence, .silence, .success] : [.success, .success, .success]))
        let counts = try report(ledger, "counts")
        #expect(counts.apart == 2 && counts.delivered == 1 && counts.duplicates == 0)
    }

    @Test("fails first attempts but for one in eight of each endpoint, and takes what comes back")
    func failsFirst() throws {
        var ledger = SinkLedger(run: Self.run, endpoints: 2, script: SinkScript(failsFirstAttempts: true))
        let first = answers((0..<16).map { ("1", Self.event($0)) }, &ledger)
        #expect(first.indices.filter { first[$0] == .success } == [7, 15])
        #expect(ledger.report.failed == 14 && ledger.report.recovered == 0 && ledger.report.delivered == 2)
        let again = answers((0..<15).map { ("1", Self.event($0)) }, &ledger)
        #expect(again.allSatisfy { $0 == .success })
        let counts = try report(ledger, "counts")
        #expect(counts.failed == 14 && counts.recovered == 14 && counts.delivered == 16 && counts.tried == 16)
        #expect(counts.duplicates == 1 && counts.lastRecoveredAt == 2_000_000)
    }

    private func report(_ ledger: SinkLedger, _ path: String) throws -> SinkReport {
        let answer = try #require(ledger.answer(path: path))
        let json = try JSONValue.parse(answer)
        return try #require(SinkReport(json))
    }

    @Test("tells over its queries what arrived")
    func queries() throws {
        let ledger = ledger([("0", Self.event(5)), ("1", Self.event(6)), ("1", Self.event(6))])
        let counts = try report(ledger, "counts")
        #expect(counts.delivered == 2 && counts.measured == 2 && counts.duplicates == 1 && counts.latencies.count == 0)
        #expect(try report(ledger, "report").latencies.count == 2)
        let second = try #require(ledger.answer(path: "received/1"))
        #expect(SequenceSet(bytes: second).count == 1)
        #expect(ledger.answer(path: "received/2") == nil && ledger.answer(path: "else") == nil)
    }

    @Test("answers requests on a socket one by one, however they are cut", arguments: [1, 7, 100, 1000, 100_000])
    func socket(pieceBytes: Int) async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let listeners = try await Sink.listen(run: Self.run, endpoints: 2, host: "127.0.0.1", ports: [0], on: group.next())
        let address = try #require(listeners.first?.localAddress)
        let wire = (0..<20).flatMap { sequence in
            let body = Self.event(sequence)
            return Array("POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: \(body.count)\r\n\r\n".utf8) + body
        }
        let answers = try await TestExchange.send(wire, inPiecesOf: pieceBytes, to: address, on: group, awaiting: 20 * 27)
        #expect(answers == String(repeating: "HTTP/1.1 204 No Content\r\n\r\n", count: 20))
        let query = Array("GET /counts HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
        let counts = try await TestExchange.send(query, inPiecesOf: 100, to: address, on: group, awaiting: 60)
        #expect(counts.contains(#""delivered":20"#))
        for listener in listeners { try await listener.close() }
        try await group.shutdownGracefully()
    }

    @Test("counts what arrives on either of its ports")
    func twoPorts() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let listeners = try await Sink.listen(run: Self.run, endpoints: 2, host: "127.0.0.1", ports: [0, 0], on: group.next())
        #expect(listeners.count == 2)
        for (endpoint, listener) in listeners.enumerated() {
            let body = Self.event(endpoint)
            let wire = Array("POST /\(endpoint) HTTP/1.1\r\nHost: a\r\nContent-Length: \(body.count)\r\n\r\n".utf8) + body
            let address = try #require(listener.localAddress)
            _ = try await TestExchange.send(wire, inPiecesOf: 1000, to: address, on: group, awaiting: 27)
        }
        let query = Array("GET /counts HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
        let address = try #require(listeners[0].localAddress)
        let counts = try await TestExchange.send(query, inPiecesOf: 100, to: address, on: group, awaiting: 60)
        #expect(counts.contains(#""delivered":2"#))
        for listener in listeners { try await listener.close() }
        try await group.shutdownGracefully()
    }

    @Test("answers the others on a connection after one that it leaves without an answer")
    func silenceOnASocket() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let script = SinkScript(apart: 1, hangs: true, failsFirstAttempts: true)
        let listeners = try await Sink.listen(
            run: Self.run, endpoints: 2, script: script, host: "127.0.0.1", ports: [0], on: group.next())
        let address = try #require(listeners.first?.localAddress)
        let wire = [0, 1].flatMap { endpoint in
            let body = Self.event(endpoint)
            return Array("POST /\(endpoint) HTTP/1.1\r\nHost: a\r\nContent-Length: \(body.count)\r\n\r\n".utf8) + body
        }
        let failure = "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n"
        let answers = try await TestExchange.send(wire, inPiecesOf: 1000, to: address, on: group, awaiting: failure.utf8.count)
        #expect(answers == failure)
        for listener in listeners { try await listener.close() }
        try await group.shutdownGracefully()
    }
}
