/// Why a text or bytes are not a secret or key. No case carries any of the text.
public enum SigningSecretError: Error, Hashable, Sendable, CaseIterable {
    /// Neither `whsec_` nor `whsk_`; or, for a verifier, `whpk_`.
    case unknownPrefix
    /// What follows the prefix is not base64 of the standard alphabet.
    case malformedBase64
    /// A symmetric key has 24 to 75 bytes.
    case symmetricKeyLength
    /// An Ed25519 key has 32 bytes; a private one may be followed by its public one.
    case ed25519KeyLength
    /// The second half of an Ed25519 secret is not the public key of the first.
    case publicKeyMismatch
}

extension SigningSecretError: CustomStringConvertible {
    /// For people, without any of the text that was refused.
    public var description: String {
        switch self {
        case .unknownPrefix: "expected a secret that starts with whsec_ or whsk_; only a verifier may have a public key (whpk_)"
        case .malformedBase64: "expected base64 (standard alphabet) after the prefix"
        case .symmetricKeyLength: "expected a key of 24 to 75 bytes"
        case .ed25519KeyLength: "expected an Ed25519 key of 32 bytes, or a secret one of 64 bytes with its public half"
        case .publicKeyMismatch: "the public half of the Ed25519 secret does not belong to its seed"
        }
    }
}
