import GodwitSignature
import Testing

@Suite("Webhook signer")
struct WebhookSignerTests {
    @Test("makes the published signatures", arguments: Published.all)
    func signsAsPublished(webhook: Published) throws {
        let signer = try WebhookSigner(current: webhook.signingSecret)
        let header = try signer.signatureHeader(id: webhook.id, timestampSeconds: webhook.seconds, body: webhook.body)
        #expect(header == webhook.signature)
        // The prepared key is not used up.
        #expect(
            try signer.signatureHeader(id: webhook.id, timestampSeconds: webhook.seconds, body: webhook.body) == header)
    }

    @Test("signs with every secret of a rotation, the current one first, kinds mixed")
    func rotation() throws {
        let example = Published.example
        let other = try SigningSecret(Published.otherSecret)
        let signer = try WebhookSigner(
            current: SigningSecret(Published.secret), older: [SigningSecret(Published.ed25519Secret), other])
        let header = try signer.signatureHeader(id: example.id, timestampSeconds: example.seconds, body: example.body)
        let expected = [
            example.signature, Published.ed25519Example.signature, "v1,Inw/unYkpAh6Njpdz4O+hnN82xYMXQ6NjnZIQN/mzIQ=",
        ]
        #expect(header == expected.joined(separator: " "))
        for key in [Published.secret, Published.otherSecret, Published.ed25519PublicKey] {
            #expect(throws: Never.self) {
                try WebhookVerifier(keys: [VerificationKey(key)])
                    .verify(
                        id: example.id, timestamp: example.timestamp, signatureHeader: header, body: example.body,
                        at: example.seconds)
            }
        }
    }

    @Test("appends to what the header holds already")
    func appends() throws {
        let example = Published.example
        var bytes = Array("webhook-signature: ".utf8)
        try WebhookSigner(current: SigningSecret(example.key)).appendSignatureHeader(
            id: Array(example.id.utf8).span, timestampSeconds: example.seconds, body: example.body.span, to: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == "webhook-signature: \(example.signature)")
    }
}
