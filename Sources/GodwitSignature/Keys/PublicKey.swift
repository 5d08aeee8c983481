import Crypto
import CryptoExtras
import GodwitCore

/// A sender's public key.
enum PublicKey: Sendable {
    case ed25519(Curve25519.Signing.PublicKey)
    case p256(P256.Signing.PublicKey)
    case p384(P384.Signing.PublicKey)
    case rsa(_RSA.Signing.PublicKey)

    enum Algorithm: Hashable, Sendable {
        case ed25519
        /// r and s as they are (JOSE, RFC 9421), or in DER.
        case ecdsaP256(isDER: Bool)
        case ecdsaP384(isDER: Bool)
        case rsaPKCS1(HMACHash)
        /// The salt is as long as the digest.
        case rsaPSS(HMACHash)
    }

    /// Reads any form in which providers publish one: PEM (a key or a certificate), DER in base64, a JSON Web Key (or the first of a
    /// set), `whpk_…`, or an Ed25519 key in hex or base64.
    init?(_ text: some StringProtocol) {
        let text = text.trimmedOWS
        if let block = PEM.firstBlock(text) {
            self.init(der: block.bytes)
        } else if text.hasPrefix("{") {
            guard let json = try? JSONValue.parse(Array(text.utf8)) else { return nil }
            self.init(jwk: json)
        } else if text.hasPrefix(SigningSecret.Prefix.publicKey) {
            guard let bytes = Base64.decode(text.dropFirst(SigningSecret.Prefix.publicKey.count), padding: .optional) else {
                return nil
            }
            self.init(ed25519: bytes)
        } else if text.utf8.count == 64, let bytes = Hex.decode(text) {
            self.init(ed25519: bytes)
        } else if let bytes = Base64.decode(String(text).filter { !$0.isWhitespace }, padding: .optional) {
            if bytes.count == 32 { self.init(ed25519: bytes) } else { self.init(der: bytes) }
        } else {
            return nil
        }
    }

    private init?(ed25519 bytes: [UInt8]) {
        guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: bytes) else { return nil }
        self = .ed25519(key)
    }

    /// SubjectPublicKeyInfo, a certificate, or PKCS #1.
    init?(der bytes: [UInt8]) {
        let info = DER.publicKeyInfo(inCertificate: bytes) ?? bytes
        // An Ed25519 key has a fixed head of twelve bytes (RFC 8410 §4).
        if info.count == 44, info.starts(with: [0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00]) {
            self.init(ed25519: Array(info.suffix(32)))
        } else if let key = try? P256.Signing.PublicKey(derRepresentation: info) {
            self = .p256(key)
        } else if let key = try? P384.Signing.PublicKey(derRepresentation: info) {
            self = .p384(key)
        } else if let key = try? _RSA.Signing.PublicKey(derRepresentation: info) {
            self = .rsa(key)
        } else {
            return nil
        }
    }

    /// RFC 7517, RFC 8037.
    init?(jwk json: JSONValue) {
        if case .array(let keys)? = json["keys"] {
            guard let first = keys.first else { return nil }
            self.init(jwk: first)
            return
        }
        func bytes(_ name: String) -> [UInt8]? {
            guard case .string(let text)? = json[name] else { return nil }
            return Base64.decodeURLSafe(text)
        }
        guard case .string(let type)? = json["kty"] else { return nil }
        switch type {
        case "OKP":
            guard json["crv"] == .string("Ed25519"), let x = bytes("x") else { return nil }
            self.init(ed25519: x)
        case "EC":
            guard let x = bytes("x"), let y = bytes("y") else { return nil }
            if json["crv"] == .string("P-256"), let key = try? P256.Signing.PublicKey(rawRepresentation: x + y) {
                self = .p256(key)
            } else if json["crv"] == .string("P-384"), let key = try? P384.Signing.PublicKey(rawRepresentation: x + y) {
                self = .p384(key)
            } else {
                return nil
            }
        case "RSA":
            guard let n = bytes("n"), let e = bytes("e"), let key = try? _RSA.Signing.PublicKey(n: n, e: e) else { return nil }
            self = .rsa(key)
        default: return nil
        }
    }

    /// False as well when the key is not one for this algorithm: a key decides how it may be used, a message doesn't.
    func isValid(_ signature: [UInt8], for message: [UInt8], as algorithm: Algorithm) -> Bool {
        switch (self, algorithm) {
        case (.ed25519(let key), .ed25519): return key.isValidSignature(signature, for: message)
        case (.p256(let key), .ecdsaP256(let isDER)):
            let parsed =
                isDER
                ? try? P256.Signing.ECDSASignature(derRepresentation: signature)
                : try? P256.Signing.ECDSASignature(rawRepresentation: signature)
            return parsed.map { key.isValidSignature($0, for: message) } ?? false
        case (.p384(let key), .ecdsaP384(let isDER)):
            let parsed =
                isDER
                ? try? P384.Signing.ECDSASignature(derRepresentation: signature)
                : try? P384.Signing.ECDSASignature(rawRepresentation: signature)
            return parsed.map { key.isValidSignature($0, for: message) } ?? false
        case (.rsa(let key), .rsaPKCS1(let hash)): return Self.isValid(signature, for: message, key, hash, .insecurePKCS1v1_5)
        case (.rsa(let key), .rsaPSS(let hash)): return Self.isValid(signature, for: message, key, hash, .PSS)
        default: return false
        }
    }

    private static func isValid(
        _ signature: [UInt8], for message: [UInt8], _ key: _RSA.Signing.PublicKey, _ hash: HMACHash,
        _ padding: _RSA.Signing.Padding
    ) -> Bool {
        let signature = _RSA.Signing.RSASignature(rawRepresentation: signature)
        return switch hash {
        case .sha1: key.isValidSignature(signature, for: Insecure.SHA1.hash(data: message), padding: padding)
        case .sha256: key.isValidSignature(signature, for: SHA256.hash(data: message), padding: padding)
        case .sha384: key.isValidSignature(signature, for: SHA384.hash(data: message), padding: padding)
        case .sha512: key.isValidSignature(signature, for: SHA512.hash(data: message), padding: padding)
        }
    }
}

extension PublicKey {
    /// Every key of a JSON Web Key Set with its `kid`, or the one key that the text is; empty for other texts. Keys of kinds that we
    /// don't know are passed over.
    static func namedKeys(inSet text: String) -> [(key: PublicKey, id: String?)] {
        guard text.trimmedOWS.hasPrefix("{"), let json = try? JSONValue.parse(Array(text.utf8)) else { return [] }
        let keys: [JSONValue] = if case .array(let several)? = json["keys"] { several } else { [json] }
        return keys.compactMap { jwk in
            guard let key = PublicKey(jwk: jwk) else { return nil }
            return (key, { if case .string(let id)? = jwk["kid"] { id } else { nil } }())
        }
    }
}
