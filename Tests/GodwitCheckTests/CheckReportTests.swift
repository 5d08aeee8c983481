import GodwitCore
import Testing

@testable import GodwitCheck

struct CheckReportTests {
    private static func report(_ outcomes: CheckResult.Outcome...) -> CheckReport {
        CheckReport(
            url: "http://localhost/?a=1&b=<2>",
            results: outcomes.enumerated().map { number, outcome in
                CheckResult(
                    name: "case-\(number)", title: "does \"it\"", outcome: outcome, observed: "answered\u{0} 200 & more",
                    remedy: outcome == .failed ? "Do <that>." : nil, elapsed: .microseconds(1_234_500))
            })
    }

    @Test("is passed when something passed and nothing failed")
    func isPassed() {
        #expect(Self.report(.passed, .skipped).isPassed)
        #expect(!Self.report(.passed, .failed).isPassed && !Self.report(.skipped).isPassed && !Self.report().isPassed)
    }

    @Test("is XML that every parser takes, whatever a receiver answers")
    func junit() {
        let xml = Self.report(.passed, .failed, .skipped).junit
        #expect(xml.contains(#"<testsuite name="godwit check" tests="3" failures="1" errors="0" skipped="1" time="3.703">"#))
        #expect(xml.contains(#"value="http://localhost/?a=1&amp;b=&lt;2&gt;"/>"#))
        #expect(xml.contains("does &quot;it&quot;") && xml.contains("answered\u{FFFD} 200 &amp; more"))
        #expect(xml.contains("Do &lt;that&gt;.") && xml.contains("<skipped message="))
    }

    @Test("has a badge that says the figure", arguments: [(true, "2 of 2 passed"), (false, "1 of 2 failed")])
    func badge(passes: Bool, text: String) {
        #expect(Self.report(.passed, passes ? .passed : .failed).badge.contains("webhook receiver: \(text)"))
    }

    @Test("tells people the remedy under what failed")
    func table() {
        let lines = Self.report(.passed, .failed).table.split(separator: "\n")
        #expect(lines[1].hasPrefix("ok    case-0  does"))
        #expect(lines[2].hasPrefix("FAIL  case-1") && lines[3].contains("→ Do <that>.") && lines[4] == "1 passed, 1 failed")
    }

    @Test("is JSON for programs")
    func json() throws {
        let value = try JSONValue.parse(JSONWriter.write(Self.report(.passed, .failed)))
        #expect(value["passed"] == .number("1") && value["failed"] == .number("1"))
        guard case .array(let cases)? = value["cases"] else { throw Missing() }
        #expect(cases[0]["remedy"] == .null && cases[1]["outcome"] == .string("failed"))
        #expect(cases[1]["elapsedMs"] == .number("1234"))
    }

    private struct Missing: Error {}
}

struct JSONLayoutTests {
    @Test(
        "writes as other libraries do",
        arguments: [
            (JSONLayout.compact, #"{"a":[1,5.0],"b":{},"c":"é"}"#), (.spaced, #"{"a": [1, 5.0], "b": {}, "c": "é"}"#),
            (.indented, "{\n  \"a\": [\n    1,\n    5.0\n  ],\n  \"b\": {},\n  \"c\": \"é\"\n}\n"),
        ])
    func writes(layout: JSONLayout, text: String) throws {
        let value = try JSONValue.parse(Array(#"{"a":[1,5.0],"b":{},"c":"é"}"#.utf8))
        #expect(String(decoding: layout.text(value), as: UTF8.self) == text)
    }
}
