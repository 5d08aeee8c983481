import Crypto
import CryptoExtras

/// A key that signs for a sender.
enum PrivateKey: Sendable {
    case ed25519(Curve25519.Signing.PrivateKey)
    case p256(P256.Signing.PrivateKey)
    case p384(P384.Signing.PrivateKey)
    case rsa(_RSA.Signing.PrivateKey)

    /// Reads PEM, PKCS #8 in base64, `whsk_…`, or an Ed25519 seed in hex or base64.
    init?(_ text: some StringProtocol) {
        let text = text.trimmedOWS
        if let block = PEM.firstBlock(text) {
            self.init(der: block.bytes)
        } else if let secret = try? SigningSecret(text), case .ed25519(let seed, _) = secret.material {
            self.init(seed: seed)
        } else if text.utf8.count == 64, let bytes = Hex.decode(text) {
            self.init(seed: bytes)
        } else if let bytes = Base64.decode(String(text).filter { !$0.isWhitespace }, padding: .optional) {
            if bytes.count == 32 { self.init(seed: bytes) } else { self.init(der: bytes) }
        } else {
            return nil
        }
    }

    private init?(seed: [UInt8]) {
        guard let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: seed) else { return nil }
        self = .ed25519(key)
    }

    private init?(der bytes: [UInt8]) {
        // The head of an Ed25519 key in PKCS #8 (RFC 8410 §7).
        let ed25519: [UInt8] = [0x30, 0x2E, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20]
        if bytes.count == 48, bytes.starts(with: ed25519) {
            self.init(seed: Array(bytes.suffix(32)))
        } else if let key = try? P256.Signing.PrivateKey(derRepresentation: bytes) {
            self = .p256(key)
        } else if let key = try? P384.Signing.PrivateKey(derRepresentation: bytes) {
            self = .p384(key)
        } else if let key = try? _RSA.Signing.PrivateKey(derRepresentation: bytes) {
            self = .rsa(key)
        } else {
            return nil
        }
    }

    /// nil when the key is not one for this algorithm.
    func signature(for message: [UInt8], as algorithm: PublicKey.Algorithm) -> [UInt8]? {
        switch (self, algorithm) {
        case (.ed25519(let key), .ed25519): return (try? key.signature(for: message)).map { Array($0) }
        case (.p256(let key), .ecdsaP256(let isDER)):
            guard let signature = try? key.signature(for: message) else { return nil }
            return Array(isDER ? signature.derRepresentation : signature.rawRepresentation)
        case (.p384(let key), .ecdsaP384(let isDER)):
            guard let signature = try? key.signature(for: message) else { return nil }
            return Array(isDER ? signature.derRepresentation : signature.rawRepresentation)
        case (.rsa(let key), .rsaPKCS1(let hash)): return Self.sign(message, key, hash, .insecurePKCS1v1_5)
        case (.rsa(let key), .rsaPSS(let hash)): return Self.sign(message, key, hash, .PSS)
        default: return nil
        }
    }

    private static func sign(
        _ message: [UInt8], _ key: _RSA.Signing.PrivateKey, _ hash: HMACHash, _ padding: _RSA.Signing.Padding
    ) -> [UInt8]? {
        let signature =
            switch hash {
            case .sha1: try? key.signature(for: Insecure.SHA1.hash(data: message), padding: padding)
            case .sha256: try? key.signature(for: SHA256.hash(data: message), padding: padding)
            case .sha384: try? key.signature(for: SHA384.hash(data: message), padding: padding)
            case .sha512: try? key.signature(for: SHA512.hash(data: message), padding: padding)
            }
        return signature.map { Array($0.rawRepresentation) }
    }
}

extension PrivateKey {
    var publicKey: PublicKey {
        switch self {
        case .ed25519(let key): .ed25519(key.publicKey)
        case .p256(let key): .p256(key.publicKey)
        case .p384(let key): .p384(key.publicKey)
        case .rsa(let key): .rsa(key.publicKey)
        }
    }
}
