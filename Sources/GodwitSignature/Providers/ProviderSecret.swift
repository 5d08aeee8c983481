/// What a receiver was given by a provider in order to check its webhooks: a shared secret, a token, or a public key.
public struct ProviderSecret: Sendable {
    /// How its text is to be read.
    public enum Form: Hashable, Sendable, CaseIterable {
        /// As the provider shows it: the table of schemes knows what to do with it. Nearly always right.
        case asProvided
        /// The text's bytes are the key.
        case utf8
        case hex
        case base64
        /// `whsec_` and base64; the prefix may be missing.
        case standardWebhooks
        /// A public key for verifying, a private one for signing: PEM, DER in base64, a JSON Web Key, `whpk_…` and `whsk_…`, or
        /// an Ed25519 key in hex or base64.
        case asymmetric
    }

    let text: String
    let form: Form
    let keyID: String?
    let algorithm: HTTPSignatureAlgorithm?

    /// - Parameters:
    ///   - text: the secret, token or key.
    ///   - keyID: for RFC 9421 and JSON Web Tokens: only signatures that name this key are checked with it.
    ///   - algorithm: for RFC 9421: the only algorithm for which this key may be used. Without it the kind of key decides.
    public init(
        _ text: String, form: Form = .asProvided, keyID: String? = nil, algorithm: HTTPSignatureAlgorithm? = nil
    ) {
        self.text = text
        self.form = form
        self.keyID = keyID
        self.algorithm = algorithm
    }

    /// Unless it says itself for which algorithm it is.
    func pinned(to algorithm: HTTPSignatureAlgorithm) -> ProviderSecret {
        ProviderSecret(text, form: form, keyID: keyID, algorithm: self.algorithm ?? algorithm)
    }

    /// The key's bytes, for schemes with a shared secret.
    func symmetricKeys(_ providers: KeyForm) throws(ProviderSecretError) -> [[UInt8]] {
        guard !text.isEmpty else { throw .empty }
        let keys: [[UInt8]?] =
            switch form {
            case .utf8: [Array(text.utf8)]
            case .base64: [Base64.decode(text, padding: .optional)]
            case .standardWebhooks: [standardWebhooksKey]
            case .asymmetric: throw .wrongKind
            case .hex where providers == .hexOrUTF8: [Hex.decode(text), Array(text.utf8)]
            case .hex: [Hex.decode(text)]
            case .asProvided:
                switch providers {
                case .utf8: [Array(text.utf8)]
                case .hex: [Hex.decode(text)]
                case .base64: [Base64.decode(text, padding: .optional)]
                case .hexOrUTF8: Hex.decode(text).map { [$0, Array(text.utf8)] } ?? [Array(text.utf8)]
                case .ed25519Public, .publicKey: throw .wrongKind
                }
            }
        let decoded = keys.compactMap { $0 }
        guard decoded.count == keys.count else { throw .malformed }
        guard decoded.allSatisfy({ !$0.isEmpty }) else { throw .empty }
        return decoded
    }

    /// The base64 behind `whsec_`, or without it, as the reference libraries read it.
    private var standardWebhooksKey: [UInt8]? {
        let prefix = SigningSecret.Prefix.symmetric
        return Base64.decode(text.hasPrefix(prefix) ? text.dropFirst(prefix.count) : text[...], padding: .optional)
    }

    func publicKey() throws(ProviderSecretError) -> PublicKey {
        guard !text.isEmpty else { throw .empty }
        if let key = PublicKey(text) { return key }
        // Whoever signs may check too.
        if let key = PrivateKey(text)?.publicKey { return key }
        throw .malformed
    }

    func privateKey() throws(ProviderSecretError) -> PrivateKey {
        guard !text.isEmpty else { throw .empty }
        guard let key = PrivateKey(text) else { throw .malformed }
        return key
    }

    func verificationKey(_ variant: StandardWebhooksVariant) throws(ProviderSecretError) -> VerificationKey {
        guard !text.isEmpty else { throw .empty }
        switch form {
        case .utf8: return VerificationKey(symmetric: Array(text.utf8))
        case .hex, .base64: return VerificationKey(symmetric: try symmetricKeys(.utf8)[0])
        case .asymmetric: return try ed25519VerificationKey()
        case .asProvided, .standardWebhooks:
            if text.hasPrefix(SigningSecret.Prefix.ed25519) || text.hasPrefix(SigningSecret.Prefix.publicKey) {
                do throws(SigningSecretError) {
                    return try VerificationKey(text)
                } catch {
                    throw .malformed
                }
            }
            if case .openAI = variant, form == .asProvided, !text.hasPrefix(SigningSecret.Prefix.symmetric) {
                return VerificationKey(symmetric: Array(text.utf8))
            }
            guard let key = standardWebhooksKey else { throw .malformed }
            guard !key.isEmpty else { throw .empty }
            return VerificationKey(symmetric: key)
        }
    }

    private func ed25519VerificationKey() throws(ProviderSecretError) -> VerificationKey {
        guard case .ed25519(let key) = try publicKey() else { throw .wrongKind }
        return VerificationKey(ed25519: key)
    }
}

extension ProviderSecret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Nothing of the secret.
    public var description: String { "ProviderSecret(redacted)" }
    /// As `description`.
    public var debugDescription: String { description }
    /// Without children: `dump` and debuggers would show the secret.
    public var customMirror: Mirror { Mirror(self, children: EmptyCollection()) }
}

/// Why a secret can't be used for a scheme. No case carries any of it.
public enum ProviderSecretError: Error, Hashable, Sendable {
    /// The scheme needs a secret or a key, and none was given.
    case missing
    /// It is empty.
    case empty
    /// It is not written as this provider writes its secrets.
    case malformed
    /// A public key where a shared secret is needed, or the reverse; or a key of another algorithm.
    case wrongKind
    /// More than `SignatureLimits.keys`.
    case tooMany
    /// This provider has no scheme of that name.
    case unknownScheme
    /// PayPal's signatures cover an identifier of the webhook that only the receiver knows.
    case webhookIDMissing
    /// Nothing signs for this scheme: the sender keeps the key, or there is no signature.
    case notSignable
}

extension ProviderSecretError: CustomStringConvertible {
    /// For people, without any of the text that was refused.
    public var description: String {
        switch self {
        case .missing: "a secret is needed"
        case .empty: "the secret is empty"
        case .malformed: "the secret is not written as this provider writes its secrets"
        case .wrongKind: "the secret is of another kind than the scheme needs"
        case .tooMany: "more than \(SignatureLimits.keys) secrets"
        case .unknownScheme: "this provider has no scheme of that name"
        case .webhookIDMissing: "the identifier of the webhook is needed, because the signature covers it"
        case .notSignable: "this scheme can't be signed for"
        }
    }
}
