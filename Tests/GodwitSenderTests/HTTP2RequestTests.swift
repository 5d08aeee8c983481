import NIOCore
import NIOHPACK
import Testing

@testable import GodwitSender

struct HTTP2RequestTests {
    @Test("translates the assembled request, and leaves out what is about the connection")
    func translates() throws {
        let text =
            "POST /a?b=c HTTP/1.1\r\nHost: h.example:8443\r\nUser-Agent: G\r\nTE: x\r\nUpgrade: x\r\nKeep-Alive: 1\r\n"
            + "Transfer-Encoding: x\r\nProxy-Connection: x\r\nX-Empty:\r\nwebhook-signature: v1,a=\r\nContent-Length: 4\r\n\r\na\r\nb"
        let request = try #require(HTTP2Request(ByteBuffer(string: text)))
        #expect(request.body == ByteBuffer(string: "a\r\nb"))
        #expect(
            request.headers.map { "\($0.name)=\($0.value)" } == [
                ":method=POST", ":scheme=https", ":authority=h.example:8443", ":path=/a?b=c", "user-agent=G", "x-empty=",
                "webhook-signature=v1,a=", "content-length=4",
            ])
    }

    @Test("what may be a secret, or differs each time, stays out of the table of headers")
    func indexing() throws {
        let text = "POST / HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer s\r\nX-Key: s\r\nwebhook-id: m\r\nUser-Agent: G\r\n\r\n"
        let request = try #require(HTTP2Request(ByteBuffer(string: text)))
        let indexing = Dictionary(uniqueKeysWithValues: request.headers.map { ($0.name, $0.indexable) })
        #expect(indexing["authorization"] == .neverIndexed && indexing["x-key"] == .neverIndexed)
        #expect(indexing["webhook-id"] == .nonIndexable && indexing["user-agent"] == .indexable)
    }

    @Test(
        "nothing is made of what isn't a whole head",
        arguments: [
            "", "POST / HTTP/1.1\r\n", "POST /\r\nHost: h\r\n\r\n", "POST / HTTP/1.1\r\nno colon\r\n\r\n",
            "POST / HTTP/1.1\r\n\r\n",
        ])
    func refuses(text: String) { #expect(HTTP2Request(ByteBuffer(string: text)) == nil) }
}
