import GodwitCore
import Testing

@Suite("JSON writer")
struct JSONWriterTests {
    @Test("writes an object with members of every kind, commas in the right places")
    func writesObject() {
        let text = write { writer in
            writer.object { writer in
                writer.field("id", "msg_1")
                writer.field("count", 42)
                writer.field("big", UInt64.max)
                writer.field("small", Int64.min)
                writer.field("status", UInt16(200))
                writer.field("on", true)
                writer.field("off", false)
                writer.field("nothing", String?.none)
                writer.field("left", ifPresent: String?.none)
                writer.field("there", ifPresent: Optional("x"))
                writer.field("tags", ["a", "b"])
                writer.field("map", ["b": 2, "a": 1])
                writer.field("at", Instant(millisecondsSince1970: 1_700_000_000_123))
                writer.field("payload", RawJSON(Array(#"{ "as":  "sent" }"#.utf8)))
                writer.object("empty") { _ in }
                writer.array("list") { writer in
                    writer.object { $0.field("n", 1) }
                    writer.null()
                    writer.array { $0.integer(2) }
                }
                writer.name("from \"outside\"")
                writer.bool(true)
            }
        }
        #expect(
            text == """
                {"id":"msg_1","count":42,"big":18446744073709551615,"small":-9223372036854775808,"status":200,"on":true,\
                "off":false,"nothing":null,"there":"x","tags":["a","b"],"map":{"a":1,"b":2},"at":"2023-11-14T22:13:20.123Z",\
                "payload":{ "as":  "sent" },"empty":{},"list":[{"n":1},null,[2]],"from \\"outside\\"":true}
                """)
        #expect(throws: Never.self) { try JSONScanner.check(Array(text.utf8).span) }
    }

    @Test(
        "escapes what JSON demands and nothing else",
        arguments: [
            ("", #""""#), ("plain", #""plain""#), ("\"", #""\"""#), ("\\", #""\\""#), ("a/b", #""a/b""#),
            ("\u{8}\t\n\u{C}\r", #""\b\t\n\f\r""#), ("\u{0}\u{1}\u{B}\u{1F}", #""\u0000\u0001\u000b\u001f""#),
            ("\u{7F}\u{2028}\u{2029}", "\"\u{7F}\u{2028}\u{2029}\""), ("한글 🎉", "\"한글 🎉\""),
            ("a\"b\\c", #""a\"b\\c""#), ("<script>&", "\"<script>&\""),
        ])
    func escapes(text: String, json: String) throws {
        #expect(write { $0.string(text) } == json)
        #expect(try JSONValue.parse(Array(json.utf8)) == .string(text))
    }

    @Test("writes an identifier as its wire form")
    func writesIdentifier() {
        let id = MessageID(key: 1, nonce: .init(high: 2, low: 3))
        #expect(write { id.write(to: &$0) } == "\"\(id)\"")
    }

    private func write(_ body: (inout JSONWriter) -> Void) -> String {
        var writer = JSONWriter(reserving: 16)
        body(&writer)
        return String(decoding: writer.finish(), as: UTF8.self)
    }
}
