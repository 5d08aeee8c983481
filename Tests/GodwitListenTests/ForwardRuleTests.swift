import GodwitCore
import Testing

@testable import GodwitListen

struct ForwardRuleTests {
    @Test(
        "a star stands for any characters",
        arguments: [
            ("invoice.*", "invoice.paid", true), ("invoice.*", "invoice.payment.failed", true), ("invoice.*", "invoice", false),
            ("invoice.*", "invoice.", true), ("*", "", true), ("*", "a.b", true), ("*.paid", "invoice.paid", true),
            ("*.paid", "paid", false), ("a.*.c", "a.b.c", true), ("a.*.c", "a.c", false), ("a*a", "a", false),
            ("a*a", "aa", true),
            ("*b*b", "abb", true), ("*b*b", "ab", false), ("invoice.paid", "invoice.paid", true),
            ("invoice.paid", "invoice.paid2", false), ("**", "x", true), ("a**b", "ab", true),
        ])
    func matches(pattern: String, eventType: String, isMatch: Bool) throws {
        #expect(try ForwardRule("\(pattern)=http://localhost/").matches(eventType) == isMatch)
    }

    @Test("a URL alone is for all events, and may hold an equals sign")
    func bare() throws {
        let rule = try ForwardRule("http://localhost:3000/hook?a=b")
        #expect(rule.pattern == "*" && "\(rule.url)" == "http://localhost:3000/hook?a=b")
        #expect(try "\(ForwardRule("a.*=https://x.example/?c=d").url)" == "https://x.example/?c=d")
    }

    @Test(
        "what is no rule is said",
        arguments: ["", "invoice", "=http://x/", "a b=http://x/", "a=ftp://x/", "a=", "a=localhost:3000"])
    func malformed(text: String) { #expect(throws: ForwardRule.Malformed.self) { try ForwardRule(text) } }

    @Test("every rule that matches counts, and each URL once")
    func targets() throws {
        let rules = try ["a.*=http://one/", "*=http://two/", "a.b=http://one/"].map { try ForwardRule($0) }
        #expect(ForwardRule.targets(of: "a.b", by: rules).map { "\($0)" } == ["http://one/", "http://two/"])
        #expect(ForwardRule.targets(of: "c", by: rules).map { "\($0)" } == ["http://two/"])
    }
}
