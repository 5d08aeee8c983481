import GodwitSignature
import Testing

/// One scheme of the table with a key of the kind that it needs, and a webhook such as its provider sends.
struct SchemeCase: Sendable, CustomTestStringConvertible {
    let provider: Provider
    let scheme: String
    var secret: ProviderSecret
    /// What the receiver holds, when it is not what the sender holds.
    var receiverSecret: ProviderSecret?
    var body = #"{"id":"evt_1","type":"order.paid","webhookTimestamp":1674087231000}"#

    var testDescription: String { "\(provider.rawValue) \(scheme)" }

    static let now: Int64 = 1_674_087_231
    static let url = "https://example.com/hook?tenant=1"

    static let all: [SchemeCase] = Provider.allCases.flatMap { provider in
        provider.schemes.compactMap { Self.of(provider, $0) }
    }

    private static func of(_ provider: Provider, _ scheme: SignatureScheme) -> SchemeCase? {
        let text = ProviderSecret("a secret of some length, 1234")
        var made = SchemeCase(provider: provider, scheme: scheme.name, secret: text)
        switch (provider, scheme.name) {
        case (.standardWebhooks, _), (.clerk, _), (.polar, _), (.portOne, _), (.resend, _), (.supabase, _), (.svix, _),
            (.gitlab, "v1"),
            (.openAI, _):
            made.secret = ProviderSecret(Published.secret)
        case (.adyen, _):
            made.secret = ProviderSecret("44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056")
            made.body =
                #"{"notificationItems":[{"NotificationRequestItem":{"pspReference":"1","amount":{"value":1130,"currency":"EUR"}}}]}"#
        case (.tossPayments, _):
            made.secret = ProviderSecret("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef")
        case (.discord, _):
            made.secret = ProviderSecret(TestKeys.ed25519Private)
            made.receiverSecret = ProviderSecret(TestKeys.ed25519Public)
        case (.sendGrid, _), (.plaid, _):
            made.secret = ProviderSecret(TestKeys.p256Private)
            made.receiverSecret = ProviderSecret(TestKeys.p256Public)
        case (.payPal, _), (.sns, _), (.pubSub, _):
            made.secret = ProviderSecret(TestKeys.rsaPrivate)
            made.receiverSecret = ProviderSecret(TestKeys.rsaPublic)
            if provider == .sns {
                made.body = #"""
                    {"Type":"Notification","MessageId":"m","TopicArn":"arn","Message":"hi","Timestamp":"2023-01-19T00:13:51.000Z",
                    "SignatureVersion":"2","SigningCertURL":"https://sns.us-east-1.amazonaws.com/key.pem"}
                    """#
            }
        case (.httpSignatures, _): made.secret = ProviderSecret(Published.secret, keyID: "k1")
        case (.microsoftGraph, _): made.body = #"{"value":[{"id":"1"},{"id":"2"}]}"#
        case (.contentDigest, _): return nil
        default: break
        }
        return scheme.grade == .unverified ? nil : made
    }

    var options: VerifierOptions { VerifierOptions(webhookID: "4JH86294D6297924G") }

    /// The webhook as it arrives.
    func arriving(at seconds: Int64 = now) throws -> WebhookRequest {
        let request = WebhookRequest(
            url: Self.url, headers: ["Content-Type": "application/json"], body: Array(body.utf8))
        let signer = try ProviderSigner(provider, scheme: scheme, secrets: [secret], options: options)
        return try signer.sign(request, id: "id-1", at: seconds).applied(to: request)
    }

    func verifier(_ tolerance: VerifierOptions.Tolerance = .recommended) throws -> ProviderVerifier {
        var options = options
        options.tolerance = tolerance
        return try ProviderVerifier(provider, scheme: scheme, secrets: [receiverSecret ?? secret], options: options)
    }
}

@Suite("Every scheme")
struct EverySchemeTests {
    @Test("accepts what it signs", arguments: SchemeCase.all)
    func roundTrip(scheme: SchemeCase) throws {
        let request = try scheme.arriving()
        let webhook = try scheme.verifier().verify(request, at: SchemeCase.now)
        #expect(webhook.provider == scheme.provider)
        #expect(webhook.grade == scheme.provider.scheme(named: scheme.scheme)?.grade)
        #expect(!webhook.id.isEmpty)
    }

    @Test("finds the scheme by what the webhook carries", arguments: SchemeCase.all)
    func detected(scheme: SchemeCase) throws {
        let verifier = try ProviderVerifier(
            scheme.provider, secrets: [scheme.receiverSecret ?? scheme.secret], options: scheme.options)
        #expect(throws: Never.self) { try verifier.verify(scheme.arriving(), at: SchemeCase.now) }
    }

    @Test("refuses it with any byte of the body changed, where the body is covered", arguments: SchemeCase.all)
    func bodyChanged(scheme: SchemeCase) throws {
        let request = try scheme.arriving()
        let verifier = try scheme.verifier()
        guard scheme.provider.scheme(named: scheme.scheme)?.grade == .signature, scheme.provider != .sns else { return }
        for index in request.body.indices {
            var changed = request
            changed.body[index] ^= 1
            #expect(throws: VerificationError.self) { try verifier.verify(changed, at: SchemeCase.now) }
        }
        for body in [request.body + [0x20], Array(request.body.dropLast()), []] {
            var changed = request
            changed.body = body
            #expect(throws: VerificationError.self) { try verifier.verify(changed, at: SchemeCase.now) }
        }
    }

    @Test(
        "refuses it without any one header that the signer added, and with any character of it changed",
        arguments: SchemeCase.all)
    func headersChanged(scheme: SchemeCase) throws {
        let request = try scheme.arriving()
        let verifier = try scheme.verifier()
        // These are for people and machines in between, or say where it goes; no scheme covers them.
        let uncovered: Set = [
            "content-type", "webhook-id", "ce-id", "idempotency-key", "i-twilio-idempotency-token",
            "x-twilio-webhooks-signature-settings",
            "webhook-timestamp", "linear-delivery", "paypal-cert-url", "paypal-auth-algo",
        ]
        let signing = request.headers.fields.filter { !uncovered.contains($0.name) && Self.isCovered($0.name, scheme) }
        for field in signing {
            var without = request
            without.headers = WebhookHeaders(request.headers.fields.filter { $0.name != field.name })
            #expect(throws: VerificationError.self) { try verifier.verify(without, at: SchemeCase.now) }
            for index in Array(field.value).indices {
                var characters = Array(field.value)
                characters[index] = characters[index] == "A" ? "B" : "A"
                guard String(characters).lowercased() != field.value.lowercased() else { continue }
                var changed = without
                changed.headers.append(field.name, String(characters))
                #expect(throws: VerificationError.self) { try verifier.verify(changed, at: SchemeCase.now) }
            }
        }
    }

    /// A header with an identifier is signed by few.
    private static func isCovered(_ name: String, _ scheme: SchemeCase) -> Bool {
        let identifiers: Set = [
            "x-github-delivery", "x-shopify-webhook-id", "x-razorpay-event-id", "x-request-uuid", "request-id",
            "x-zm-trackingid",
            "x-zendesk-webhook-invocation-id", "x-toss-webhook-id", "tosspayments-webhook-transmission-id",
            "x-kakao-resource-id",
        ]
        return !identifiers.contains(name)
    }

    @Test("refuses another key", arguments: SchemeCase.all)
    func otherKey(scheme: SchemeCase) throws {
        let request = try scheme.arriving()
        let other = Self.other(scheme)
        let verifier = try ProviderVerifier(scheme.provider, scheme: scheme.scheme, secrets: [other], options: scheme.options)
        #expect(throws: VerificationError.noMatchingSignature) { try verifier.verify(request, at: SchemeCase.now) }
    }

    @Test("accepts any of several keys", arguments: SchemeCase.all)
    func severalKeys(scheme: SchemeCase) throws {
        let verifier = try ProviderVerifier(
            scheme.provider, scheme: scheme.scheme, secrets: [Self.other(scheme), scheme.receiverSecret ?? scheme.secret],
            options: scheme.options)
        #expect(throws: Never.self) { try verifier.verify(scheme.arriving(), at: SchemeCase.now) }
    }

    private static func other(_ scheme: SchemeCase) -> ProviderSecret {
        switch scheme.provider {
        case .discord: ProviderSecret("85722ff3c3a82510520c7c3766fc5580aa6abb6a3887894967754407061442db")
        case .sendGrid, .plaid: ProviderSecret(TestKeys.otherP256Public)
        case .payPal, .sns, .pubSub: ProviderSecret(TestKeys.otherRSAPublic)
        case .adyen, .tossPayments: ProviderSecret(String(repeating: "ab", count: 32))
        case .httpSignatures: ProviderSecret(Published.otherSecret, keyID: "k1")
        default: ProviderSecret(Published.otherSecret)
        }
    }

    @Test("accepts a timestamp at the tolerance, and not a second past it", arguments: SchemeCase.all)
    func tolerance(scheme: SchemeCase) throws {
        guard let tolerance = scheme.provider.scheme(named: scheme.scheme)?.toleranceSeconds else { return }
        let request = try scheme.arriving()
        let verifier = try scheme.verifier()
        // A bearer token says itself until when it is good.
        let isBearer = scheme.provider == .cloudEvents || scheme.provider == .pubSub
        let last = isBearer ? 300 + 60 - 1 : tolerance
        #expect(throws: Never.self) { try verifier.verify(request, at: SchemeCase.now + last) }
        #expect(throws: VerificationError.timestampTooOld) { try verifier.verify(request, at: SchemeCase.now + last + 1) }
        #expect(throws: Never.self) {
            try scheme.verifier(isBearer ? .recommended : .any).verify(request, at: SchemeCase.now + last)
        }
        #expect(throws: Never.self) { try verifier.verify(request, at: SchemeCase.now - tolerance) }
        if scheme.provider == .stripe {
            #expect(throws: Never.self) { try verifier.verify(request, at: SchemeCase.now - 86_400) }
        } else {
            #expect(throws: VerificationError.timestampTooNew) {
                try verifier.verify(request, at: SchemeCase.now - tolerance - 1)
            }
        }
    }

    @Test("never accepts or crashes on a request of another provider, an empty one, or noise", arguments: SchemeCase.all)
    func noise(scheme: SchemeCase) throws {
        let verifier = try scheme.verifier()
        var random = SystemRandomNumberGenerator()
        let names = try scheme.arriving().headers.fields.map(\.name)
        for round in 0..<50 {
            var headers = WebhookHeaders()
            for name in names {
                let length = Int.random(in: 0..<80, using: &random)
                let alphabet = Array("abcdef0123456789=,;:\"()@. vt1%{}[]\\/+-")
                headers.append(name, String((0..<length).map { _ in alphabet.randomElement(using: &random) ?? "a" }))
            }
            let body = round % 3 == 0 ? [] : (0..<round).map { _ in UInt8.random(in: .min ... .max, using: &random) }
            let request = WebhookRequest(url: round % 2 == 0 ? SchemeCase.url : nil, headers: headers, body: body)
            #expect(throws: VerificationError.self) { try verifier.verify(request, at: SchemeCase.now) }
        }
    }
}
