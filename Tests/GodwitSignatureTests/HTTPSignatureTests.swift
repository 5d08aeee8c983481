import GodwitSignature
import Testing

@Suite("HTTP message signature")
struct HTTPSignatureTests {
    private static let now: Int64 = 1_674_087_231
    private static let body = Array(#"{"type":"order.paid"}"#.utf8)

    private func signed(
        _ secret: ProviderSecret, url: String = "https://example.com/hook?a=1", policy: HTTPSignaturePolicy = .webhooks
    ) throws -> WebhookRequest {
        let request = WebhookRequest(url: url, headers: ["Content-Type": "application/json"], body: Self.body)
        return try ProviderSigner(.httpSignatures, secrets: [secret], options: VerifierOptions(httpSignatures: policy))
            .sign(request, id: "msg_1", at: Self.now).applied(to: request)
    }

    private func verified(
        _ request: WebhookRequest, _ secret: ProviderSecret, policy: HTTPSignaturePolicy = .webhooks, at now: Int64 = now
    ) throws -> VerifiedWebhook {
        try ProviderVerifier(.httpSignatures, secrets: [secret], options: VerifierOptions(httpSignatures: policy))
            .verify(request, at: now)
    }

    private static let pairs: [(ProviderSecret, ProviderSecret)] = [
        (ProviderSecret(TestKeys.ed25519Private), ProviderSecret(TestKeys.ed25519Public)),
        (ProviderSecret(Published.ed25519Secret), ProviderSecret(Published.ed25519PublicKey)),
        (ProviderSecret(TestKeys.p256Private), ProviderSecret(TestKeys.p256Public)),
        (ProviderSecret(TestKeys.p384Private), ProviderSecret(TestKeys.p384Public)),
        (ProviderSecret(TestKeys.rsaPrivate), ProviderSecret(TestKeys.rsaPublic)),
        (ProviderSecret(TestKeys.rsaPrivate, algorithm: .rsaPKCS1SHA256), ProviderSecret(TestKeys.rsaCertificate)),
        (ProviderSecret(Published.secret), ProviderSecret(Published.secret)),
    ]

    @Test("accepts what it signs, by every algorithm and form of key", arguments: pairs)
    func algorithms(signing: ProviderSecret, receiving: ProviderSecret) throws {
        let webhook = try verified(signed(signing), receiving)
        #expect(webhook.grade == .signature)
        #expect(webhook.id == "msg_1")
        #expect(webhook.timestampSeconds == Self.now)
    }

    @Test("never lets a message choose what a key is for")
    func confusion() throws {
        // A forger signs with the public key's text as a shared secret.
        for form in [ProviderSecret.Form.utf8, .base64] {
            guard let forged = try? signed(ProviderSecret(TestKeys.ed25519Public, form: form, algorithm: .hmacSHA256)) else {
                continue
            }
            #expect(throws: VerificationError.noMatchingSignature) {
                try verified(forged, ProviderSecret(TestKeys.ed25519Public))
            }
        }
        let request = try signed(ProviderSecret(TestKeys.rsaPrivate))
        #expect(throws: VerificationError.noMatchingSignature) {
            try verified(request, ProviderSecret(TestKeys.rsaPublic, algorithm: .rsaPKCS1SHA256))
        }
        #expect(throws: ProviderSecretError.wrongKind) {
            try verified(request, ProviderSecret(TestKeys.rsaPublic, algorithm: .ed25519))
        }
    }

    @Test("asks for what the policy names")
    func policy() throws {
        let key = ProviderSecret(Published.secret)
        let request = try signed(key)
        #expect(throws: VerificationError.missingComponent("x-tenant")) {
            try verified(request, key, policy: HTTPSignaturePolicy(requiredComponents: ["X-Tenant"]))
        }
        #expect(throws: VerificationError.missingComponent("tag")) {
            try verified(request, key, policy: HTTPSignaturePolicy(requiredComponents: [], tag: "other"))
        }
        #expect(throws: VerificationError.timestampTooOld) { try verified(request, key, at: Self.now + 301) }
        #expect(throws: VerificationError.timestampTooNew) { try verified(request, key, at: Self.now - 301) }
    }

    @Test("hashes the body whose digest is signed")
    func digest() throws {
        let key = ProviderSecret(Published.secret)
        var request = try signed(key)
        request.body.append(0x20)
        #expect(throws: VerificationError.bodyDigestMismatch) { try verified(request, key) }
    }

    @Test("covers where it goes, in the spelling of the standard")
    func target() throws {
        let key = ProviderSecret(Published.secret)
        var request = try signed(key)
        request.url = "https://EXAMPLE.com:443/hook?a=1"
        #expect(throws: Never.self) { try verified(request, key) }
        for url in [
            "https://example.com/hook?a=2", "https://example.com/hook", "https://example.com:8443/hook?a=1",
            "https://example.org/hook?a=1",
        ] {
            request.url = url
            #expect(throws: VerificationError.noMatchingSignature) { try verified(request, key) }
        }
    }

    @Test("is satisfied with one good signature beside others")
    func several() throws {
        let key = ProviderSecret(Published.secret)
        var request = try signed(key)
        var headers = WebhookHeaders()
        headers.append("signature-input", #"proxy=("@method");created=1"#)
        headers.append("signature", "proxy=:AAAA:")
        for field in request.headers.fields { headers.append(field.name, field.value) }
        request.headers = headers
        #expect(throws: Never.self) { try verified(request, key) }
    }

    @Test(
        "refuses malformed fields",
        arguments: [
            "", "sig1", "sig1=", "sig1=(", #"sig1=("@method""#, #"sig1=("@method" "@method")"#, #"sig1=(method)"#,
            #"sig1=("@METHOD")"#,
            #"sig1=("@nothing")"#, #"sig1=("@status")"#, #"sig1=("@method");created="1""#, #"sig1=("@method"),"#, "SIG1=()",
            "sig1=?2",
            #"sig1=("@query-param")"#, #"sig1=("@query-param";name="a";name="b")"#, #"sig1=("content-type";bs;sf)"#,
            #"sig1=("@method";req)"#,
        ])
    func malformed(input: String) throws {
        let key = ProviderSecret(Published.secret)
        let request = WebhookRequest(
            url: "https://example.com/",
            headers: ["signature-input": input, "signature": "sig1=:AAAA:", "content-type": "a/b"], body: [])
        #expect(throws: VerificationError.self) { try verified(request, key, policy: .anyComponents) }
    }

    @Test("bounds what it reads")
    func bounds() throws {
        let key = ProviderSecret(Published.secret)
        let names = (0...SignatureLimits.coveredComponents).map { "\"x-\($0)\"" }.joined(separator: " ")
        let long = String(repeating: "a", count: SignatureLimits.signatureHeaderBytes)
        for input in ["sig1=(\(names))", "sig1=(\"\(long)\")"] {
            let request = WebhookRequest(headers: ["signature-input": input, "signature": "sig1=:AAAA:"], body: [])
            #expect(throws: VerificationError.self) { try verified(request, key, policy: .anyComponents) }
        }
    }
}
