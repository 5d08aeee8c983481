import GodwitCore
import Testing

@testable import GodwitListen

struct FeedPageTests {
    private func page(_ text: String) throws -> FeedPage { try FeedPage(try JSONValue.parse(Array(text.utf8))) }

    private func items(_ sequences: Int...) -> String {
        sequences.map {
            #"{"sequence":\#($0),"id":"msg_\#($0)","eventType":"a.b","headers":{"webhook-id":"msg_\#($0)"},"body":"x"}"#
        }
        .joined(separator: ",")
    }

    @Test("reads items with text, bytes, and those that are gone")
    func reads() throws {
        let page = try page(
            #"{"data":[\#(items(3)),{"sequence":4,"id":"m","bodyBase64":"/wD+"},{"sequence":5,"id":"n","gone":"expired"}],"head":9}"#
        )
        #expect(page.items.map(\.sequence) == [3, 4, 5] && page.head == 9)
        #expect(page.items[0].body == Array("x".utf8) && page.items[0].headers == [EventHeader("webhook-id", "msg_3")])
        #expect(page.items[1].body == [0xFF, 0, 0xFE] && page.items[2].gone == "expired")
    }

    @Test(
        "refuses what is no feed",
        arguments: [
            "{}", #"{"data":[]}"#, #"{"data":[{}],"head":1}"#, #"{"data":[{"sequence":0,"id":"a","body":""}],"head":1}"#,
            #"{"data":[{"sequence":1,"id":"a"}],"head":1}"#, #"{"data":[{"sequence":1,"id":"a","bodyBase64":"*"}],"head":1}"#,
        ])
    func refuses(text: String) { #expect(throws: FeedError.self) { try page(text) } }

    @Test("has no gap, or says where")
    func gaps() throws {
        let good = try page(#"{"data":[\#(items(3, 4))],"head":4}"#)
        #expect(throws: Never.self) { try good.check(after: 2) }
        #expect(throws: FeedError.gap(expected: 2, came: 3)) { try good.check(after: 1) }
        #expect(throws: FeedError.gap(expected: 4, came: 3)) { try good.check(after: 3) }
        let holed = try page(#"{"data":[\#(items(3, 5))],"head":5}"#)
        #expect(throws: FeedError.gap(expected: 4, came: 5)) { try holed.check(after: 2) }
        let behind = try page(#"{"data":[],"head":4}"#)
        #expect(throws: FeedError.headBehind(head: 4, after: 5)) { try behind.check(after: 5) }
        #expect(throws: Never.self) { try behind.check(after: 4) }
        #expect(throws: FeedError.malformed("it goes up to 4, and nothing after 3 came")) { try behind.check(after: 3) }
    }

    @Test("base64 is the standard's", arguments: ["", "f", "fo", "foo", "foob", "fooba", "foobar"])
    func base64(text: String) {
        let known = [
            "": "", "f": "Zg==", "fo": "Zm8=", "foo": "Zm9v", "foob": "Zm9vYg==", "fooba": "Zm9vYmE=", "foobar": "Zm9vYmFy",
        ]
        #expect(EventBody.encode(Array(text.utf8)) == known[text])
        #expect(EventBody.decode(known[text] ?? "") == Array(text.utf8))
    }
}

struct FeedCursorTests {
    @Test("is read back for its own feed only")
    func owner() throws {
        let file = JSONWriter.write(FeedCursor(feed: "a/b", after: 7))
        #expect(try FeedCursor(file: file, feed: "a/b").after == 7)
        #expect(throws: FeedCursor.Malformed.otherFeed("a/b")) { try FeedCursor(file: file, feed: "a/c") }
        for text in ["", "7", #"{"after":-1,"feed":"a/b"}"#, #"{"after":7}"#] {
            #expect(throws: FeedCursor.Malformed.notACursor) { try FeedCursor(file: Array(text.utf8), feed: "a/b") }
        }
    }
}
