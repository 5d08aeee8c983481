import GodwitCore
import Testing

@testable import GodwitHTTP

@Suite("Custom headers") struct HeaderRuleTests {
    @Test(
        "that a receiver may need are accepted",
        arguments: ["X-A", "Authorization", "x-api-key", "a!#$%&'*+-.^_`|~9", "cookie"])
    func accepted(name: String) {
        #expect(HeaderRule.complaint(StringMap([(name, "Bearer a b ~")])) == nil)
    }

    @Test(
        "that could change the meaning of a request are refused",
        arguments: [
            "Host", "CONNECTION", "content-length", "Transfer-Encoding", "expect", "webhook-signature", "Webhook-X", "svix-id",
            "x-svix-a", "x-amz-a", "te", "trailer", "upgrade", "user-agent", "content-type", "proxy-authorization", "", "a b",
            "a:", "ä", "a\r", String(repeating: "n", count: 257),
        ])
    func refused(name: String) {
        #expect(HeaderRule.complaint(StringMap([(name, "v")])) != nil)
    }

    @Test("have values of visible ASCII", arguments: ["\r\n", "a\nb", "\u{0}", "é", " a", "a ", "a\tb", "\u{7F}"])
    func values(value: String) {
        #expect(HeaderRule.complaint(StringMap([("x", value)])) != nil)
    }

    @Test("have values of at most 4096 bytes")
    func length() {
        #expect(HeaderRule.complaint(StringMap([("x", String(repeating: "v", count: 4096))])) == nil)
        #expect(HeaderRule.complaint(StringMap([("x", String(repeating: "v", count: 4097))])) != nil)
    }

    @Test("stand once, whatever case they are in")
    func repetition() {
        #expect(HeaderRule.complaint(StringMap([("X-A", "1"), ("x-a", "2")])) != nil)
    }
}
