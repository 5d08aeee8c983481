import Crypto

/// What a receiver needs in order to check signatures: the shared secret, or the sender's public key.
public struct VerificationKey: Sendable {
    enum Material: Sendable {
        case symmetric(HMAC<SHA256>)
        case ed25519(Curve25519.Signing.PublicKey)
    }

    let material: Material

    /// Reads `whsec_…` or `whpk_…`; of a `whsk_…`, which a receiver has no need for, only the public half is kept.
    public init(_ text: some StringProtocol) throws(SigningSecretError) {
        guard text.hasPrefix(SigningSecret.Prefix.publicKey) else {
            try self.init(SigningSecret(text))
            return
        }
        let digits = text.dropFirst(SigningSecret.Prefix.publicKey.count)
        guard let bytes = Base64.decode(digits, padding: .optional) else { throw .malformedBase64 }
        self.init(material: .ed25519(try Self.publicKey(bytes)))
    }

    /// The counterpart of a secret.
    public init(_ secret: SigningSecret) throws(SigningSecretError) {
        switch secret.material {
        case .symmetric(let key): self.init(material: .symmetric(HMAC<SHA256>(key: SymmetricKey(data: key))))
        case .ed25519(_, let publicKey): self.init(material: .ed25519(try Self.publicKey(publicKey)))
        }
    }

    /// For verifying, any length will do: it is the sender's to choose.
    init(symmetric key: [UInt8]) { material = .symmetric(HMAC<SHA256>(key: SymmetricKey(data: key))) }

    init(ed25519 key: Curve25519.Signing.PublicKey) { material = .ed25519(key) }

    private init(material: Material) { self.material = material }

    private static func publicKey(_ bytes: [UInt8]) throws(SigningSecretError) -> Curve25519.Signing.PublicKey {
        do {
            return try Curve25519.Signing.PublicKey(rawRepresentation: bytes)
        } catch {
            throw .ed25519KeyLength
        }
    }
}

extension VerificationKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Nothing of the key.
    public var description: String { "VerificationKey(redacted)" }
    /// As `description`.
    public var debugDescription: String { description }
    /// Without children: `dump` and debuggers would show the key.
    public var customMirror: Mirror { Mirror(self, children: EmptyCollection()) }
}
