import GodwitCore
import GodwitStore
import Testing

@testable import GodwitHTTP

@Suite("Reading a request") struct RequestReadingTests {
    @Test(
        "a target is cut into segments and query, whatever slashes it has",
        arguments: [
            ("/api/v1/app", ["api", "v1", "app"], ""), ("/api/v1//app/", ["api", "v1", "app"], ""),
            ("/a?b=c/d?e", ["a"], "b=c/d?e"), ("http://host:1/a/b?c", ["a", "b"], "c"), ("http://host", [], ""),
            ("http://host?q", [], "q"), ("*", ["*"], ""), ("", [], ""), ("/", [], ""), ("/?", [], ""),
            ("/%61%2D%5f/%2e%7E?%61", ["a-_", ".~"], "%61"),
            (
                "/a%2Fb/%25/%/%6/%zz/%00/%C3%BC",
                [
                    "a%2Fb", "%25", "%", "%6", "%zz", "%00", "%C3%BC",
                ], ""
            ),
        ])
    func target(text: String, segments: [String], query: String) {
        let target = RequestTarget(text)
        #expect(target.segments.map(String.init) == segments && String(target.query) == query)
    }

    @Test("a query's values are percent-decoded; of equal names the last one counts")
    func query() throws {
        var reader = QueryReader("a=1&a=x%20y+z&b=&c&d=%zz&%65=f")
        #expect(reader.text("a") == "x y z" && reader.text("b") == nil && reader.text("c") == nil)
        #expect(reader.text("d") == "%zz" && reader.text("e") == "f")
        let isOn = reader.bool("b", default: true)
        #expect(isOn)
    }

    @Test(
        "lists come in three forms",
        arguments: ["t=a,b", "t[]=a&t[]=b", "t%5B0%5D=a&t%5B1%5D=b", "t=a&t[]=b", "t=,a,,b"])
    func lists(query: String) throws {
        func list(_ query: String) throws -> [String]? {
            try QueryReader.read(Substring(query)) { reader in reader.list("t", expecting: "names", Name.isValid) }
        }
        #expect(try list(query) == ["a", "b"])
        #expect(try list("t=&t[]=") == nil)
        #expect(throws: ValidationError.self) { try list("t=a%20b") }
    }

    @Test("only `after` asks for the page that follows a moment")
    func timePage() throws {
        let after = Instant(millisecondsSince1970: 1_700_000_000_000)
        func page(_ query: Substring, before: Instant? = nil) throws -> PageRequest<Int64> {
            try QueryReader.read(query) { $0.timePage(MessageKind.self, before: before, after: after) }
        }
        #expect(try page("limit=7").position == .before(TimeKey.first(at: after) - 1))
        #expect(try page("limit=7").limit == 7)
        #expect(try page("", before: after).position == .start)
        #expect(try page("iterator=msg_00000000000000000000000000a").order == .descending)
    }

    @Test("a date has the form of RFC 9110")
    func date() {
        #expect(HTTPDate.format(Instant(millisecondsSince1970: 784_111_777_999)) == "Sun, 06 Nov 1994 08:49:37 GMT")
        #expect(HTTPDate.format(Instant(millisecondsSince1970: 0)) == "Thu, 01 Jan 1970 00:00:00 GMT")
        #expect(HTTPDate.format(Instant(millisecondsSince1970: 951_782_400_000)) == "Tue, 29 Feb 2000 00:00:00 GMT")
    }
}
