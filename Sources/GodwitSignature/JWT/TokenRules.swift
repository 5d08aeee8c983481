/// How a scheme uses a JSON Web Token (RFC 7519).
struct TokenRules: Sendable {
    enum Place: Sendable {
        /// `Authorization: Bearer …`
        case bearer
        case header(String)
        /// The body is the token (RFC 8935).
        case body
    }

    var place: Place
    /// Those that are accepted. A key decides as well: one for RSA never checks an HMAC.
    var algorithms: Set<String> = [
        "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA",
    ]
    /// The claim that holds the SHA-256 of the body in hex.
    var bodyDigestClaim: String?
    /// The `typ` of the token's header, when it says one.
    var expectsType: String?
    /// Whether `iat` must be near now. Security events may come late.
    var checksAge = true
}

/// A key for tokens.
enum JSONWebTokenKey: Sendable {
    /// The three hashes, prepared.
    case symmetric([HMACHash: KeyedHMAC], keyID: String?)
    case publicKey(PublicKey, keyID: String?)

    /// A text that is a public key is never taken for a shared secret: everybody knows it, and could sign.
    static func keys(_ secret: ProviderSecret) throws(ProviderSecretError) -> [JSONWebTokenKey] {
        if secret.form == .asymmetric || (secret.form == .asProvided && isPublished(secret.text)) {
            return try publicKeys(secret)
        }
        return try secret.symmetricKeys(.utf8).map { key in
            .symmetric(
                Dictionary(uniqueKeysWithValues: [.sha256, .sha384, .sha512].map { ($0, KeyedHMAC($0, key: key)) }),
                keyID: secret.keyID)
        }
    }

    /// PEM, a JSON Web Key, `whpk_…`, or DER. Thirty-two bytes alone may be either, and are a secret.
    static func isPublished(_ text: String) -> Bool {
        if PEM.firstBlock(text) != nil || text.trimmedOWS.hasPrefix("{") || text.hasPrefix(SigningSecret.Prefix.publicKey) {
            return true
        }
        return Base64.decode(text.filter { !$0.isWhitespace }, padding: .optional).flatMap { PublicKey(der: $0) } != nil
    }

    /// A set of keys gives one each, under its own `kid`.
    private static func publicKeys(_ secret: ProviderSecret) throws(ProviderSecretError) -> [JSONWebTokenKey] {
        let named = PublicKey.namedKeys(inSet: secret.text)
        guard named.isEmpty else {
            guard named.count <= SignatureLimits.keys else { throw .tooMany }
            return named.map { .publicKey($0.key, keyID: $0.id ?? secret.keyID) }
        }
        return [.publicKey(try secret.publicKey(), keyID: secret.keyID)]
    }

    func signed(_ message: [UInt8], _ signature: [UInt8], algorithm: String, keyID: String?) -> Bool {
        switch self {
        case .symmetric(let keyed, let own):
            guard own == nil || keyID == nil || own == keyID, let hash = Self.hmacHashes[algorithm], var code = keyed[hash]
            else {
                return false
            }
            code.update(message)
            return code.matches(anyOf: [signature])
        case .publicKey(let key, let own):
            guard own == nil || keyID == nil || own == keyID, let algorithm = Self.algorithms[algorithm] else { return false }
            return key.isValid(signature, for: message, as: algorithm)
        }
    }

    static let hmacHashes: [String: HMACHash] = ["HS256": .sha256, "HS384": .sha384, "HS512": .sha512]
    static let algorithms: [String: PublicKey.Algorithm] = [
        "RS256": .rsaPKCS1(.sha256), "RS384": .rsaPKCS1(.sha384), "RS512": .rsaPKCS1(.sha512),
        "PS256": .rsaPSS(.sha256), "PS384": .rsaPSS(.sha384), "PS512": .rsaPSS(.sha512),
        "ES256": .ecdsaP256(isDER: false), "ES384": .ecdsaP384(isDER: false), "EdDSA": .ed25519,
    ]
}
