import Crypto

/// The secret with which the webhooks of one endpoint are signed (Standard Webhooks 1.0.0).
///
/// Its text has two forms: `whsec_` and base64 for a symmetric key, `whsk_` and base64 for an Ed25519 key. Printing or
/// dumping a value shows its kind and nothing of the key; `wireText` and `bytes` are the only ways to it.
public struct SigningSecret: Hashable, Sendable {
    /// How a secret signs. The raw value is a name for storing.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// HMAC-SHA256: both sides hold the same key. Signatures of version `v1`.
        case hmacSHA256 = "hmac-sha256"
        /// Ed25519: the receiver holds only the public key. Signatures of version `v1a`.
        case ed25519
    }

    enum Material: Hashable, Sendable {
        case symmetric([UInt8])
        /// 32 bytes each.
        case ed25519(seed: [UInt8], publicKey: [UInt8])
    }

    /// Bytes of a symmetric key. The specification asks for at least 24; the upper bound is that of servers in the field, and
    /// beyond 64 bytes HMAC-SHA256 gains nothing.
    static let symmetricKeyBytes = 24...75
    static let ed25519SeedBytes = 32

    let material: Material

    /// Reads the form that a store keeps: see `kind` and `bytes`.
    ///
    /// - Parameter bytes: a symmetric key of 24 to 75 bytes; or an Ed25519 seed of 32 bytes, which its public key may follow.
    public init(kind: Kind, bytes: [UInt8]) throws(SigningSecretError) {
        switch kind {
        case .hmacSHA256:
            guard Self.symmetricKeyBytes.contains(bytes.count) else { throw .symmetricKeyLength }
            material = .symmetric(bytes)
        case .ed25519:
            guard bytes.count == Self.ed25519SeedBytes || bytes.count == 2 * Self.ed25519SeedBytes else {
                throw .ed25519KeyLength
            }
            let seed = Array(bytes.prefix(Self.ed25519SeedBytes))
            let publicKey = try Self.publicKey(ofSeed: seed)
            guard bytes.count == seed.count || bytes.dropFirst(seed.count).elementsEqual(publicKey) else {
                throw .publicKeyMismatch
            }
            material = .ed25519(seed: seed, publicKey: publicKey)
        }
    }

    /// Reads `whsec_…` or `whsk_…`. Padding of the base64 may be missing, everything else is strict.
    public init(_ text: some StringProtocol) throws(SigningSecretError) {
        let kind: Kind
        if text.hasPrefix(Prefix.symmetric) {
            kind = .hmacSHA256
        } else if text.hasPrefix(Prefix.ed25519) {
            kind = .ed25519
        } else {
            throw .unknownPrefix
        }
        guard let bytes = Base64.decode(text.dropFirst(kind.prefix.count), padding: .optional) else { throw .malformedBase64 }
        try self.init(kind: kind, bytes: bytes)
    }

    /// A new secret: 24 random bytes for HMAC, a random seed for Ed25519.
    public static func generate(
        _ kind: Kind = .hmacSHA256, using random: inout some RandomNumberGenerator
    ) throws(SigningSecretError) -> SigningSecret {
        let count =
            switch kind {
            case .hmacSHA256: symmetricKeyBytes.lowerBound
            case .ed25519: ed25519SeedBytes
            }
        return try SigningSecret(kind: kind, bytes: (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &random) })
    }

    /// A new secret from the system's random source.
    public static func generate(_ kind: Kind = .hmacSHA256) throws(SigningSecretError) -> SigningSecret {
        var random = SystemRandomNumberGenerator()
        return try generate(kind, using: &random)
    }

    /// How this secret signs.
    public var kind: Kind {
        switch material {
        case .symmetric: .hmacSHA256
        case .ed25519: .ed25519
        }
    }

    /// The key itself, to be stored (encrypted): the symmetric key, or the Ed25519 seed.
    public var bytes: [UInt8] {
        switch material {
        case .symmetric(let key): key
        case .ed25519(let seed, _): seed
        }
    }

    /// The secret as its owner gets it: `whsec_…`, or `whsk_…` with the seed and then the public key.
    public var wireText: String {
        switch material {
        case .symmetric(let key): Prefix.symmetric + Base64.encode(key)
        case .ed25519(let seed, let publicKey): Prefix.ed25519 + Base64.encode(seed + publicKey)
        }
    }

    /// `whpk_…`, which anyone may know; nil for a symmetric secret.
    public var publicText: String? {
        switch material {
        case .symmetric: nil
        case .ed25519(_, let publicKey): Prefix.publicKey + Base64.encode(publicKey)
        }
    }

    private static func publicKey(ofSeed seed: [UInt8]) throws(SigningSecretError) -> [UInt8] {
        do {
            return Array(try Curve25519.Signing.PrivateKey(rawRepresentation: seed).publicKey.rawRepresentation)
        } catch {
            throw .ed25519KeyLength
        }
    }

    enum Prefix {
        static let symmetric = "whsec_"
        static let ed25519 = "whsk_"
        static let publicKey = "whpk_"
    }
}

extension SigningSecret.Kind {
    fileprivate var prefix: String {
        switch self {
        case .hmacSHA256: SigningSecret.Prefix.symmetric
        case .ed25519: SigningSecret.Prefix.ed25519
        }
    }
}

extension SigningSecret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The kind, and nothing of the key.
    public var description: String { "SigningSecret(\(kind.rawValue), redacted)" }
    /// As `description`.
    public var debugDescription: String { description }
    /// Without children: `dump` and debuggers would show the key.
    public var customMirror: Mirror { Mirror(self, children: EmptyCollection()) }
}
