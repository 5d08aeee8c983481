import Crypto

/// Signs the webhooks of one endpoint. Make it once and keep it: the keys are prepared here, not for each signature.
public struct WebhookSigner: Sendable {
    enum Key: Sendable {
        /// An authenticator that has taken in the key and nothing else. Copying it per signature spares two of the about
        /// twelve hash blocks of a small webhook, and all of the key's handling.
        case symmetric(HMAC<SHA256>)
        case ed25519(Curve25519.Signing.PrivateKey)
    }

    private let keys: [Key]

    /// - Parameters:
    ///   - current: signs first.
    ///   - older: secrets in their grace period after a rotation; they sign too, in this order, so that a receiver may change
    ///     its secret whenever it suits.
    public init(current: SigningSecret, older: [SigningSecret] = []) throws(SigningSecretError) {
        var keys: [Key] = []
        for secret in [current] + older { keys.append(try Self.key(of: secret)) }
        self.keys = keys
    }

    init(keys: [Key]) { self.keys = keys }

    private static func key(of secret: SigningSecret) throws(SigningSecretError) -> Key {
        switch secret.material {
        case .symmetric(let key): return .symmetric(HMAC<SHA256>(key: SymmetricKey(data: key)))
        case .ed25519(let seed, _):
            do {
                return .ed25519(try Curve25519.Signing.PrivateKey(rawRepresentation: seed))
            } catch {
                throw .ed25519KeyLength
            }
        }
    }

    /// Appends the value of `webhook-signature`: `v1,<base64>` or `v1a,<base64>` for each secret, with a space between them.
    ///
    /// - Parameters:
    ///   - id: the value of `webhook-id`, the same for each attempt. It must not contain a full stop.
    ///   - timestampSeconds: the value of `webhook-timestamp`, the seconds since 1970 of this attempt.
    ///   - body: exactly the bytes that are sent.
    public func appendSignatureHeader(
        id: Span<UInt8>, timestampSeconds: Int64, body: Span<UInt8>, to header: inout [UInt8]
    ) throws(SigningError) {
        let content = SignedContent(id: id, timestampSeconds: timestampSeconds)
        for (index, key) in keys.enumerated() {
            if index > 0 { header.append(UInt8(ascii: " ")) }
            switch key {
            case .symmetric(let keyed):
                header.append(contentsOf: SignatureVersion.v1.itemPrefix)
                unsafe content.authenticate(body: body, with: keyed).withUnsafeBytes { code in
                    unsafe Base64.encode(Span(_unsafeBytes: code), to: &header)
                }
            case .ed25519(let privateKey):
                header.append(contentsOf: SignatureVersion.v1a.itemPrefix)
                do {
                    let signature = try privateKey.signature(for: content.joined(with: body))
                    Base64.encode(Array(signature).span, to: &header)
                } catch {
                    throw SigningError()
                }
            }
        }
    }

    /// The value of `webhook-signature` as text.
    public func signatureHeader(id: String, timestampSeconds: Int64, body: [UInt8]) throws(SigningError) -> String {
        var header: [UInt8] = []
        try appendSignatureHeader(
            id: Array(id.utf8).span, timestampSeconds: timestampSeconds, body: body.span, to: &header)
        return String(decoding: header, as: UTF8.self)
    }
}

/// The cryptographic library refused to sign. With a key that it accepted this is not known to happen.
public struct SigningError: Error, Hashable, Sendable {}

extension WebhookSigner: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// How many secrets sign, and nothing of them.
    public var description: String { "WebhookSigner(\(keys.count) secrets, redacted)" }
    /// As `description`.
    public var debugDescription: String { description }
    /// Without children: `dump` and debuggers would show the keys.
    public var customMirror: Mirror { Mirror(self, children: EmptyCollection()) }
}
