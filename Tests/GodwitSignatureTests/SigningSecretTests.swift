import GodwitSignature
import Testing

@Suite("Signing secret")
struct SigningSecretTests {
    @Test("reads the text that it writes", arguments: [Published.secret, Published.otherSecret, Published.ed25519Secret])
    func textRoundTrips(text: String) throws {
        let secret = try SigningSecret(text)
        #expect(secret.wireText == text)
        #expect(try SigningSecret(kind: secret.kind, bytes: secret.bytes) == secret)
    }

    @Test("knows the public key of an Ed25519 secret, with or without its public half")
    func publicKey() throws {
        let secret = try SigningSecret(Published.ed25519Secret)
        #expect(secret.publicText == Published.ed25519PublicKey)
        #expect(secret.bytes.count == 32)
        #expect(try SigningSecret("whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbc=") == secret)
        #expect(try SigningSecret(Published.secret).publicText == nil)
    }

    @Test("tolerates missing padding")
    func missingPadding() throws {
        let full = Array(repeating: UInt8(7), count: 25)
        let secret = try SigningSecret(kind: .hmacSHA256, bytes: full)
        #expect(secret.wireText.hasSuffix("=="))
        #expect(try SigningSecret(secret.wireText.dropLast(2)) == secret)
        #expect(throws: SigningSecretError.malformedBase64) { try SigningSecret(secret.wireText.dropLast(1)) }
    }

    @Test(
        "accepts symmetric keys of 24 to 75 bytes", arguments: [(23, false), (24, true), (75, true), (76, false), (0, false)])
    func symmetricLength(count: Int, accepted: Bool) {
        let bytes = Array(repeating: UInt8(1), count: count)
        #expect(((try? SigningSecret(kind: .hmacSHA256, bytes: bytes)) != nil) == accepted)
    }

    @Test("accepts Ed25519 keys of 32 or 64 bytes only", arguments: [0, 31, 33, 63, 65])
    func ed25519Length(count: Int) {
        #expect(throws: SigningSecretError.ed25519KeyLength) {
            try SigningSecret(kind: .ed25519, bytes: Array(repeating: 1, count: count))
        }
    }

    @Test("refuses an Ed25519 secret whose public half is another's")
    func publicKeyMismatch() throws {
        let seed = try SigningSecret(Published.ed25519Secret).bytes
        #expect(throws: SigningSecretError.publicKeyMismatch) {
            try SigningSecret(kind: .ed25519, bytes: seed + Array(repeating: 0, count: 32))
        }
    }

    @Test(
        "refuses what is not a secret",
        arguments: [
            ("", .unknownPrefix), ("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", .unknownPrefix),
            (Published.ed25519PublicKey, .unknownPrefix),
            ("WHSEC_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", .unknownPrefix), ("whsec_", .symmetricKeyLength),
            ("whsec_AAAA", .symmetricKeyLength), ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS-", .malformedBase64),
            ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n", .malformedBase64), ("whsk_AAAA", .ed25519KeyLength),
        ] as [(String, SigningSecretError)])
    func refuses(text: String, error: SigningSecretError) {
        #expect(throws: error) { try SigningSecret(text) }
    }

    @Test("verification keys refuse public keys of another length")
    func publicKeyLength() {
        #expect(throws: SigningSecretError.ed25519KeyLength) { try VerificationKey("whpk_AAAA") }
        #expect(throws: SigningSecretError.malformedBase64) { try VerificationKey("whpk_????") }
    }

    @Test("is made from the given source of luck, and sized as the standard asks")
    func generates() throws {
        var random = Counting()
        let symmetric = try SigningSecret.generate(using: &random)
        #expect(symmetric.kind == .hmacSHA256)
        #expect(symmetric.bytes == Array(0..<24))
        #expect(try SigningSecret.generate(.ed25519, using: &random).bytes == Array(24..<56))
        #expect(try SigningSecret.generate() != SigningSecret.generate())
    }

    @Test("shows nothing of a key, however it is printed", arguments: [Published.secret, Published.ed25519Secret])
    func redacts(text: String) throws {
        let secret = try SigningSecret(text)
        let signer = try WebhookSigner(current: secret, older: [secret])
        let key = try VerificationKey(secret)
        var shown = "\(secret) \(signer) \(key) \([secret]) \(Optional(secret) as Any) \(["k": key])"
        shown += String(reflecting: secret) + String(reflecting: signer) + String(reflecting: key)
        for value in [secret, signer, key, WebhookVerifier(keys: [key])] as [Any] {
            dump(value, to: &shown)
            print(value, to: &shown)
        }
        #expect(shown.contains("redacted"))
        let parts = text.dropFirst(6)
        for offset in stride(from: 0, to: parts.count - 6, by: 6) {
            #expect(!shown.contains(parts.dropFirst(offset).prefix(6)))
        }
        // Nor as numbers.
        for pair in zip(secret.bytes, secret.bytes.dropFirst()) { #expect(!shown.contains("\(pair.0), \(pair.1)")) }
    }

    @Test("errors show nothing of the text", arguments: SigningSecretError.allCases)
    func errorsAreFixedTexts(error: SigningSecretError) {
        #expect(error.description.hasPrefix("expected") || error.description.hasPrefix("the public half"))
    }
}

/// Gives bytes 0, 1, 2, … where a byte is asked for.
private struct Counting: RandomNumberGenerator {
    private var count: UInt64 = 0

    mutating func next() -> UInt64 {
        defer { count += 1 }
        return count * 0x0101_0101_0101_0101
    }
}
