import GodwitSignature
import Testing

@Suite("Webhook verifier")
struct WebhookVerifierTests {
    @Test("accepts the published webhooks", arguments: Published.all)
    func accepts(webhook: Published) throws {
        let verified = try webhook.verified()
        #expect(verified.id == webhook.id)
        #expect(verified.timestampSeconds == webhook.seconds)
        #expect(verified.body == webhook.body)
    }

    @Test("refuses a webhook of which one bit was changed", arguments: Published.all)
    func refusesChanges(webhook: Published) throws {
        var changed = webhook
        changed.id = flipped(webhook.id, at: 5)
        #expect(throws: VerificationError.noMatchingSignature) { try changed.verified() }
        changed = webhook
        changed.timestamp = flipped(webhook.timestamp, at: 9)
        #expect(throws: VerificationError.noMatchingSignature) { try changed.verified(at: webhook.seconds) }
        for index in webhook.body.indices {
            changed = webhook
            changed.body[index] ^= 1
            #expect(throws: VerificationError.noMatchingSignature) { try changed.verified() }
        }
        changed = webhook
        changed.body.append(0)
        #expect(throws: VerificationError.noMatchingSignature) { try changed.verified() }
        changed = webhook
        changed.signature = flipped(webhook.signature, at: 8)
        #expect(throws: VerificationError.noMatchingSignature) { try changed.verified() }
    }

    @Test("refuses a webhook under a key with any one bit changed", arguments: 0..<24)
    func refusesOtherKeys(byte: Int) throws {
        var key = try SigningSecret(Published.secret).bytes
        key[byte] ^= 0x10
        var webhook = Published.example
        webhook.key = try SigningSecret(kind: .hmacSHA256, bytes: key).wireText
        #expect(throws: VerificationError.noMatchingSignature) { try webhook.verified() }
    }

    @Test("refuses a signature by a key that it doesn't hold, of either kind")
    func refusesForeignKeys() throws {
        var webhook = Published.example
        webhook.key = Published.otherSecret
        #expect(throws: VerificationError.noMatchingSignature) { try webhook.verified() }
        webhook.key = Published.ed25519PublicKey
        #expect(throws: VerificationError.noMatchingSignature) { try webhook.verified() }
        #expect(throws: VerificationError.noMatchingSignature) {
            try WebhookVerifier(keys: []).verify(
                id: webhook.id, timestamp: webhook.timestamp, signatureHeader: webhook.signature, body: webhook.body,
                at: webhook.seconds)
        }
    }

    @Test(
        "accepts five minutes of difference in both directions, and not a second more",
        arguments: [
            (0, nil), (300, nil), (-300, nil), (301, .timestampTooOld), (-301, .timestampTooNew),
            (.max - 1_674_087_231, .timestampTooOld), (.min, .timestampTooNew),
        ] as [(Int64, VerificationError?)])
    func tolerance(age: Int64, error: VerificationError?) throws {
        let webhook = Published.example
        let now = age == .min ? age : webhook.seconds + age
        if let error {
            #expect(throws: error) { try webhook.verified(at: now) }
        } else {
            #expect(try webhook.verified(at: now).id == webhook.id)
        }
    }

    @Test("takes another tolerance", arguments: [(10, true), (11, false), (-10, true), (-11, false)] as [(Int64, Bool)])
    func otherTolerance(age: Int64, accepted: Bool) throws {
        let webhook = Published.example
        let verifier = WebhookVerifier(keys: [try VerificationKey(webhook.key)], toleranceSeconds: 10)
        let result = try? verifier.verify(
            id: webhook.id, timestamp: webhook.timestamp, signatureHeader: webhook.signature, body: webhook.body,
            at: webhook.seconds + age)
        #expect((result != nil) == accepted)
    }

    @Test(
        "takes only plain digits for a timestamp",
        arguments: [
            "1674087231.9", "+1674087231", "-1674087231", " 1674087231", "1674087231 ", "1674087231abc", "1.674087231e9",
            "2023-01-19T00:13:51Z", "0x63C8823F", "١٦٧٤٠٨٧٢٣١", "9999999999999999999", "16740872311674087231",
        ])
    func strictTimestamp(timestamp: String) {
        var webhook = Published.example
        webhook.timestamp = timestamp
        #expect(throws: VerificationError.malformedTimestamp) { try webhook.verified(at: 1_674_087_231) }
    }

    @Test("refuses a timestamp in milliseconds as one from the future")
    func milliseconds() {
        var webhook = Published.example
        webhook.timestamp += "000"
        #expect(throws: VerificationError.timestampTooNew) { try webhook.verified(at: 1_674_087_231) }
    }

    @Test(
        "passes over items that it can't read, before and after the right one",
        arguments: [
            "garbage", "v1", "v1,", ",", "v2,AAAA", "v9x,zz", "v1,ARw42", "v1,!!!!",
            "v1,ARw42xaAApl_nxRo-iPGYwSaMQaOwMo2eyH5JBRA-bQ=",
            "v1a,AAAA", "V1,AAAA", "", "v1,tFtCZ5RDCPxzWQRWXWPgrCgE2frDBe9gjpbWQxnVfsQ=",
        ])
    func passesOverItems(item: String) throws {
        var webhook = Published.example
        let right = webhook.signature
        for header in ["\(item) \(right)", "\(right) \(item)", "\(item) \(right) \(item)"] {
            webhook.signature = header
            #expect(try webhook.verified().id == webhook.id)
        }
        webhook.signature = "\(item) \(item)"
        #expect(throws: VerificationError.noMatchingSignature) { try webhook.verified() }
    }

    @Test(
        "refuses the right signature in another form",
        arguments: [
            "ARw42xaAApl/nxRo+iPGYwSaMQaOwMo2eyH5JBRA+bQ=", "v1a,ARw42xaAApl/nxRo+iPGYwSaMQaOwMo2eyH5JBRA+bQ=",
            "v1,ARw42xaAApl/nxRo+iPGYwSaMQaOwMo2eyH5JBRA+bQ", "v1,ARw42xaAApl/nxRo+iPGYwSaMQaOwMo2eyH5JBRA+bR=",
            "v1,ARw42xaAApl/nxRo+iPGYwSaMQaOwMo2eyH5JBRA+bQ==", "v1;ARw42xaAApl/nxRo+iPGYwSaMQaOwMo2eyH5JBRA+bQ=",
            "v1,tFtCZ5RDCPxzWQRWXWPgrCgE2frDBe9gjpbWQxnVfsQ=,v1,ARw42xaAApl/nxRo+iPGYwSaMQaOwMo2eyH5JBRA+bQ=",
            "v1,ARw42xaAApl/nxRo+iPGYwSaMQaOwMo2eyH5JBRA+bQ=,v1",
        ])
    func refusesOtherForms(signature: String) {
        var webhook = Published.example
        webhook.signature = signature
        #expect(throws: VerificationError.noMatchingSignature) { try webhook.verified() }
    }

    @Test("looks at a bounded number of items")
    func boundsItems() throws {
        var webhook = Published.example
        let right = webhook.signature
        webhook.signature = String(repeating: "v2,AAAA ", count: 31) + right
        #expect(try webhook.verified().id == webhook.id)
        webhook.signature = String(repeating: "v2,AAAA ", count: 32) + right
        #expect(throws: VerificationError.noMatchingSignature) { try webhook.verified() }
    }

    @Test("finds the headers by either prefix", arguments: ["webhook-", "svix-"])
    func findsHeaders(prefix: String) throws {
        let webhook = Published.example
        let headers = [
            "\(prefix)id": webhook.id, "\(prefix)timestamp": webhook.timestamp, "\(prefix)signature": webhook.signature,
        ]
        let verifier = WebhookVerifier(keys: [try VerificationKey(webhook.key)])
        #expect(try verifier.verify(body: webhook.body, at: webhook.seconds) { headers[$0] }.id == webhook.id)
    }

    @Test("prefers the standard's headers to the others")
    func prefersStandardHeaders() throws {
        let webhook = Published.example
        let headers = [
            "webhook-id": webhook.id, "webhook-timestamp": webhook.timestamp, "webhook-signature": webhook.signature,
            "svix-id": "msg_other", "svix-timestamp": "1", "svix-signature": "v1,AAAA",
        ]
        let verifier = WebhookVerifier(keys: [try VerificationKey(webhook.key)])
        #expect(try verifier.verify(body: webhook.body, at: webhook.seconds) { headers[$0] }.id == webhook.id)
    }

    @Test(
        "names the header that is missing or empty", arguments: ["webhook-id", "webhook-timestamp", "webhook-signature"],
        [nil, ""])
    func missingHeaders(name: String, value: String?) throws {
        let webhook = Published.example
        var headers = [
            "webhook-id": webhook.id, "webhook-timestamp": webhook.timestamp, "webhook-signature": webhook.signature,
        ]
        headers[name] = value
        let verifier = WebhookVerifier(keys: [try VerificationKey(webhook.key)])
        #expect(throws: VerificationError.missingHeader(name)) {
            try verifier.verify(body: webhook.body, at: webhook.seconds) { headers[$0] }
        }
    }

    @Test(
        "says what to answer",
        arguments: [
            (.missingHeader("webhook-id"), 400), (.malformedTimestamp, 400), (.timestampTooOld, 401), (.timestampTooNew, 401),
            (.noMatchingSignature, 401),
        ] as [(VerificationError, Int)])
    func answers(error: VerificationError, status: Int) {
        #expect(error.responseStatus == status)
    }

    private func flipped(_ text: String, at index: Int) -> String {
        var bytes = Array(text.utf8)
        bytes[index] ^= 1
        return String(decoding: bytes, as: UTF8.self)
    }
}
