import GodwitSignature
import Testing

@Suite("Handshake responder")
struct HandshakeTests {
    private func answer(
        _ provider: Provider, secret: String? = nil, policy: HandshakePolicy = HandshakePolicy(), _ request: WebhookRequest
    ) -> HandshakeResponse? {
        guard
            case .answer(let response, _)? = HandshakeResponder(provider, secret: secret, policy: policy).handshake(in: request)
        else { return nil }
        return response
    }

    private func request(
        _ method: String, _ url: String? = nil, _ headers: WebhookHeaders = [:], _ body: String = ""
    ) -> WebhookRequest {
        WebhookRequest(method: method, url: url, headers: headers, body: Array(body.utf8))
    }

    @Test("answers HEAD for every provider", arguments: Provider.allCases)
    func head(provider: Provider) {
        #expect(answer(provider, request("HEAD"))?.status == 200)
    }

    @Test("takes an ordinary webhook for none", arguments: Provider.allCases)
    func webhook(provider: Provider) {
        #expect(HandshakeResponder(provider, secret: "s").handshake(in: request("POST", "/hook", [:], #"{"type":"x"}"#)) == nil)
    }

    @Test("refuses Meta's challenge without the token, and when none is configured")
    func metaToken() {
        let url = "/hook?hub.mode=subscribe&hub.challenge=1&hub.verify_token="
        #expect(answer(.meta, secret: "right", request("GET", url + "right"))?.body == Array("1".utf8))
        #expect(answer(.meta, secret: "right", request("GET", url + "wrong"))?.status == 403)
        #expect(answer(.meta, request("GET", url))?.status == 403)
        #expect(answer(.meta, secret: "", request("GET", url))?.status == 403)
    }

    @Test("answers after verification only, where the handshake is signed")
    func afterVerification() {
        let ping = request("POST", nil, [:], #"{"type":1}"#)
        guard case .answer(_, let afterVerification)? = HandshakeResponder(.discord).handshake(in: ping) else {
            Issue.record("not a handshake")
            return
        }
        #expect(afterVerification)
        #expect(answer(.discord, request("POST", nil, [:], #"{"type":0}"#))?.status == 204)
    }

    @Test("repeats a challenge as text that no browser shows as a page, up to its bound")
    func bound() {
        let response = answer(.dropbox, request("GET", "/?challenge=%3Cscript%3E"))
        #expect(response?.body == Array("<script>".utf8))
        #expect(WebhookHeaders(response?.headers ?? [])["x-content-type-options"] == "nosniff")
        let longest = String(repeating: "a", count: SignatureLimits.challengeBytes)
        #expect(answer(.dropbox, request("GET", "/?challenge=" + longest))?.status == 200)
        #expect(answer(.dropbox, request("GET", "/?challenge=a" + longest))?.status == 400)
        #expect(answer(.asana, request("POST", nil, ["X-Hook-Secret": longest + "a"]))?.status == 400)
    }

    @Test(
        "confirms subscriptions at Amazon's own addresses only",
        arguments: [
            ("https://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription", true),
            ("https://sns.cn-north-1.amazonaws.com.cn/?Action=x", true), ("http://sns.us-east-1.amazonaws.com/", false),
            ("https://sns.us-east-1.amazonaws.com.evil.example/", false),
            ("https://evil.example/sns.us-east-1.amazonaws.com", false),
            ("https://sns.us-east-1.amazonaws.com@evil.example/", false), ("https://sns.us-east-1.amazonaws.com:8443/", false),
            ("https://169.254.169.254/", false), ("https://s3.us-east-1.amazonaws.com/", false),
            ("https://sns.evil.example\\\\.us-east-1.amazonaws.com/", false),
        ])
    func sns(url: String, trusted: Bool) {
        let confirmation = request(
            "POST", nil, ["x-amz-sns-message-type": "SubscriptionConfirmation"], #"{"SubscribeURL":"\#(url)"}"#)
        #expect((HandshakeResponder(.sns).handshake(in: confirmation) == .confirm(url: url)) == trusted)
    }

    @Test("grants CloudEvents senders by name, and reads a grant as a sender")
    func cloudEvents() {
        let asked = request("OPTIONS", "/", ["WebHook-Request-Origin": "sender.example", "WebHook-Request-Rate": "120"])
        let granted = WebhookHeaders(answer(.cloudEvents, asked)?.headers ?? [])
        #expect(granted["webhook-allowed-origin"] == "sender.example")
        #expect(granted["webhook-allowed-rate"] == "120")
        #expect(CloudEventsHandshake.isGranted(granted, to: "sender.example"))
        #expect(!CloudEventsHandshake.isGranted(granted, to: "other.example"))
        let refused = answer(.cloudEvents, policy: HandshakePolicy(allowedOrigins: ["other.example"]), asked)
        #expect(refused.map { CloudEventsHandshake.isGranted(WebhookHeaders($0.headers), to: "sender.example") } == false)
    }

    @Test("confirms only the topics that were asked for")
    func topics() {
        let url = "/cb?hub.mode=subscribe&hub.topic=http%3A%2F%2Fa&hub.challenge=c"
        #expect(answer(.webSub, policy: HandshakePolicy(topics: ["http://a"]), request("GET", url))?.body == Array("c".utf8))
        #expect(answer(.webSub, policy: HandshakePolicy(topics: ["http://b"]), request("GET", url))?.status == 404)
    }
}
