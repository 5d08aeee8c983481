import GodwitSignature
import Testing

@Suite("Signature limits")
struct SignatureLimitsTests {
    private func stripe(_ header: String) throws -> VerifiedWebhook {
        try ProviderVerifier(.stripe, secrets: [ProviderSecret("whsec_test_secret")]).verify(
            WebhookRequest(
                headers: ["Stripe-Signature": header],
                body: Array(#"{"id":"evt_1","object":"event","type":"payment_intent.succeeded"}"#.utf8)),
            at: 1_674_087_231)
    }

    private static let good = "v1=c493a6e89469ed9afde297cd5f7c0b63d6b33b8b2a17d91497bb5aa1e2262a09"

    @Test("looks at so many signatures and no more")
    func signatures() throws {
        let other = "v1=" + String(repeating: "0", count: 64) + ","
        let others = String(repeating: other, count: SignatureLimits.signaturesConsidered - 1)
        #expect(try stripe("t=1674087231,\(others)\(Self.good)").id == "evt_1")
        #expect(throws: VerificationError.noMatchingSignature) { try stripe("t=1674087231,\(others)\(other)\(Self.good)") }
    }

    @Test("refuses a header that is too long")
    func header() {
        let padding = String(repeating: "a", count: SignatureLimits.signatureHeaderBytes)
        #expect(throws: VerificationError.tooLarge("stripe-signature")) { try stripe("t=1674087231,\(Self.good),x=\(padding)") }
        #expect(VerificationError.tooLarge("it").responseStatus == 413)
    }

    @Test("refuses too many keys")
    func keys() {
        let keys = Array(repeating: ProviderSecret("a"), count: SignatureLimits.keys + 1)
        #expect(throws: ProviderSecretError.tooMany) { try ProviderVerifier(.github, secrets: keys) }
        #expect(throws: Never.self) { try ProviderVerifier(.github, secrets: Array(keys.dropLast())) }
    }

    @Test("refuses a body that is too large to be parsed, and a form with too many parameters")
    func bodies() throws {
        let huge = Array(repeating: UInt8(ascii: " "), count: SignatureLimits.parsedBodyBytes + 1)
        let mailgun = try ProviderVerifier(.mailgun, secrets: [ProviderSecret("k")])
        #expect(throws: VerificationError.tooLarge("the body")) {
            try mailgun.verify(WebhookRequest(headers: [:], body: huge), at: 0)
        }
        let form = (0...SignatureLimits.formParameters).map { "a\($0)=" }.joined(separator: "&")
        let twilio = try ProviderVerifier(.twilio, secrets: [ProviderSecret("k")])
        let request = WebhookRequest(
            url: "https://a/", headers: ["x-twilio-signature": "AAAAAAAAAAAAAAAAAAAAAAAAAAA="], body: Array(form.utf8))
        #expect(throws: VerificationError.tooLarge("the form")) { try twilio.verify(request, at: 0) }
    }

    @Test("shows nothing of a secret")
    func redacted() {
        let secret = ProviderSecret("hunter2")
        var dumped = ""
        dump(secret, to: &dumped)
        #expect(!"\(secret) \(String(reflecting: secret)) \(dumped)".contains("hunter2"))
    }

    @Test(
        "refuses secrets that the scheme can't use",
        arguments: [
            (Provider.standardWebhooks, "whsec_%"), (.standardWebhooks, ""), (.adyen, "xyz"), (.discord, "zz"),
            (.payPal, "secret"),
            (.sendGrid, TestKeys.rsaPublic), (.plaid, ""),
        ])
    func unusable(provider: Provider, text: String) {
        #expect(throws: ProviderSecretError.self) {
            try ProviderVerifier(provider, secrets: [ProviderSecret(text)], options: VerifierOptions(webhookID: "1"))
        }
    }

    @Test(
        "knows providers by the names that people write",
        arguments: [
            ("Stripe", Provider.stripe), ("twitter/x", .x), ("Lemon Squeezy", .lemonSqueezy), ("lemon_squeezy", .lemonSqueezy),
            ("standard-webhooks", .standardWebhooks), ("Toss Payments", .tossPayments), ("sns", .sns), ("portone-v2", .portOne),
        ])
    func names(text: String, provider: Provider) { #expect(Provider(named: text) == provider) }
}
