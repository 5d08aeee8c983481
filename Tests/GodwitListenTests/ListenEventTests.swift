import GodwitCore
import Testing

@testable import GodwitListen

struct ListenEventTests {
    private static let now = Instant(millisecondsSince1970: 1_800_000_000_123)

    private func event(_ body: [UInt8], headers: [EventHeader] = []) -> ListenEvent {
        ListenEvent(method: "POST", path: "/hook?a=1", headers: headers, body: body, at: Self.now)
    }

    @Test(
        "finds the type where senders write it",
        arguments: [
            (#"{"type":"a"}"#, "a"), (#"{"eventType":"b"}"#, "b"), (#"{"event":"c"}"#, "c"), (#"{"type":1,"event":"c"}"#, "c"),
            ("{}", ""), ("no json", ""), ("", ""), ("[]", ""),
        ])
    func eventType(body: String, type: String) { #expect(event(Array(body.utf8)).eventType == type) }

    @Test("survives a cassette byte for byte", arguments: [Array("{\"a\" : \"é\\n\"}\r\n".utf8), [0xFF, 0, 0x0A, 0x80], []])
    func cassette(body: [UInt8]) throws {
        let before = event(body, headers: [EventHeader("Webhook-Id", "msg_1"), EventHeader("x", "1"), EventHeader("x", "")])
        let line = JSONWriter.write(before)
        #expect(!line.contains(UInt8(ascii: "\n")))
        #expect(try ListenEvent.cassette(line + Array("\n\n".utf8) + line) == [before, before])
    }

    @Test("a line that is none is named")
    func malformed() throws {
        let line = JSONWriter.write(event([])) + Array("\n".utf8)
        #expect(throws: ListenEvent.NotRecorded(line: 2)) { try ListenEvent.cassette(line + Array("{}\n".utf8)) }
        let evil =
            #"{"receivedAt":"2026-11-25T08:00:00Z","method":"POST","path":"/","eventType":"","headers":[["a","b\r\nc: d"]],"body":""}"#
        #expect(throws: ListenEvent.NotRecorded(line: 1)) { try ListenEvent.cassette(Array(evil.utf8)) }
    }

    @Test("forwards what belongs to the event, not to the connection")
    func forwarded() {
        let headers = ["Host", "CONNECTION", "content-length", "webhook-id", "X-Own", "transfer-encoding"].map {
            EventHeader($0, "1")
        }
        #expect(event([], headers: headers).forwardedHeaders.map(\.name) == ["webhook-id", "X-Own"])
    }
}

struct HandledEventTests {
    private func handled(
        _ verification: HandledEvent.Verification, _ outcomes: [HandledEvent.Forward.Outcome], isRetry: Bool = false
    ) -> HandledEvent {
        let event = ListenEvent(
            method: "POST", path: "/", headers: [EventHeader("webhook-id", "msg_1\u{1B}[2J")], body: Array("a\u{7}b".utf8),
            eventType: "a.b",
            at: Instant(millisecondsSince1970: 1_800_000_000_123))
        let forwards = outcomes.map { HandledEvent.Forward(url: "http://x/", outcome: $0, elapsed: .milliseconds(5)) }
        return HandledEvent(event, verification, forwards: forwards, isRetry: isRetry)
    }

    @Test("the sender is told what the target said")
    func status() {
        #expect(handled(.verified, []).responseStatus == 204 && handled(.unchecked, []).isGood)
        #expect(handled(.refused("no"), []).responseStatus == 401 && !handled(.refused("no"), []).isGood)
        #expect(handled(.verified, [.status(200), .status(202)]).responseStatus == 200)
        #expect(handled(.verified, [.status(200), .status(503)]).responseStatus == 503)
        #expect(handled(.verified, [.failed("refused"), .status(200)]).responseStatus == 502)
        #expect(!handled(.verified, [.status(302)]).isGood)
    }

    @Test("nothing of a sender commands the terminal")
    func printable() {
        let shown = handled(.refused("\u{1B}[31m"), [.failed("\u{9B}2J")])
        for text in [shown.line, shown.details] {
            #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) })
        }
    }

    @Test("a retry is not another event")
    func tally() {
        var tally = ListenTally()
        for one in [handled(.verified, []), handled(.refused("no"), []), handled(.verified, [], isRetry: true)] {
            tally.add(one)
        }
        #expect((tally.good, tally.bad, tally.count) == (1, 1, 2))
    }
}
