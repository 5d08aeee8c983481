import GodwitBench
import Testing

struct MessageHeadTests {
    private static let answer =
        "HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 17\r\nDate: x\r\n\r\n"

    private func scan(_ bytes: [UInt8]) throws -> MessageHead? { try MessageHead.scan(bytes.span) }

    private func answer(_ text: String) throws -> (status: Int, bodyLength: Int) {
        let bytes = Array(text.utf8)
        let head = try #require(try scan(bytes))
        return try head.answer(bytes.span)
    }

    private func request(_ bytes: [UInt8]) throws -> (isPost: Bool, path: Range<Int>, bodyLength: Int) {
        let head = try #require(try scan(bytes))
        return try head.request(bytes.span)
    }

    @Test("reads an answer's status and the length of its body")
    func readsAnswer() throws {
        let (status, bodyLength) = try answer(Self.answer)
        #expect(status == 202 && bodyLength == 17)
    }

    @Test("waits for the rest of a head that was cut anywhere", arguments: 0..<86)
    func waits(length: Int) throws {
        #expect(length < Self.answer.utf8.count)
        let bytes = Array(Self.answer.utf8.prefix(length))
        #expect(try scan(bytes) == nil)
    }

    @Test("tells the head from a body that holds empty lines")
    func endsHead() throws {
        let bytes = Array((Self.answer + "\r\n\r\nContent-Length: 3\r\n\r\n").utf8)
        let head = try #require(try scan(bytes))
        #expect(head.length == Self.answer.utf8.count && head.contentLength == 17)
    }

    @Test(
        "takes names in any case, no space or many before the length, and bare line feeds",
        arguments: [
            "HTTP/1.1 202 Accepted\r\ncontent-length: 5\r\n\r\n", "HTTP/1.1 202\r\nCONTENT-LENGTH:5\r\n\r\n",
            "HTTP/1.1 202 OK\nContent-Length:   5  \n\n", "HTTP/1.1 202 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n",
        ])
    func lenient(text: String) throws {
        let (status, bodyLength) = try answer(text)
        #expect(status == 202 && bodyLength == 5)
    }

    @Test("knows that 204 and 304 have no body", arguments: [204, 304])
    func bodiless(status: Int) throws {
        #expect(try answer("HTTP/1.1 \(status) x\r\n\r\n").bodyLength == 0)
    }

    @Test(
        "refuses what it doesn't understand",
        arguments: [
            ("HTTP/1.1 202 OK\r\nTransfer-Encoding: chunked\r\n\r\n", MessageHead.Malformed.transferEncoding),
            ("HTTP/1.1 202 OK\r\n\r\n", .bodyWithoutLength),
            ("HTTP/1.1 202 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", .contentLengthUnreadable),
            ("HTTP/1.1 202 OK\r\nContent-Length: -1\r\n\r\n", .contentLengthUnreadable),
            ("HTTP/1.1 202 OK\r\nContent-Length: 99999999999999999999\r\n\r\n", .contentLengthUnreadable),
            ("HTTP/1.1 202 OK\r\nContent-Length: 2000000\r\n\r\n", .bodyTooLong),
            ("HTTP/1.1 100 Continue\r\n\r\n", .startLineUnreadable),
            ("HTTP/2 202\r\nContent-Length: 1\r\n\r\n", .startLineUnreadable),
            ("nonsense\r\n\r\n", .startLineUnreadable),
        ])
    func refuses(text: String, expected: MessageHead.Malformed) {
        #expect(throws: expected) { try answer(text) }
    }

    @Test("refuses a head without end")
    func refusesEndless() {
        let bytes = [UInt8](repeating: UInt8(ascii: "a"), count: 16 * 1024)
        #expect(throws: MessageHead.Malformed.headTooLong) { try MessageHead.scan(bytes.span) }
    }

    @Test("reads a request's method, path and length")
    func readsRequest() throws {
        let bytes = Array("POST /12 HTTP/1.1\r\nHost: a\r\nContent-Length: 512\r\n\r\n".utf8)
        let (isPost, path, bodyLength) = try request(bytes)
        #expect(isPost && Array(bytes[path]) == Array("12".utf8) && bodyLength == 512)

        let query = Array("GET /counts HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
        let read = try request(query)
        #expect(!read.isPost && Array(query[read.path]) == Array("counts".utf8) && read.bodyLength == 0)
    }

    @Test(
        "refuses other requests",
        arguments: [
            "PUT /1 HTTP/1.1\r\nContent-Length: 1\r\n\r\n", "POST /1 HTTP/1.1\r\n\r\n", "POST /1\r\nContent-Length: 1\r\n\r\n",
        ])
    func refusesRequests(text: String) throws {
        let bytes = Array(text.utf8)
        #expect(throws: MessageHead.Malformed.self) { try request(bytes) }
    }
}
