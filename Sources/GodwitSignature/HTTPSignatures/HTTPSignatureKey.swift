/// A key with the algorithms for which it may be used.
struct HTTPSignatureKey: Sendable {
    enum Material: Sendable {
        case hmac(KeyedHMAC)
        case publicKey(PublicKey)
    }

    let material: Material
    let keyID: String?
    let algorithms: [HTTPSignatureAlgorithm]

    /// A text of which it can't be told whether it is a public key or a shared secret is refused: a public key that is taken for a
    /// secret would let anyone sign.
    static func keys(_ secret: ProviderSecret) throws(ProviderSecretError) -> [HTTPSignatureKey] {
        if secret.algorithm == .hmacSHA256 || isSharedSecret(secret) {
            guard secret.algorithm == nil || secret.algorithm == .hmacSHA256 else { throw .wrongKind }
            let key: [UInt8]
            if secret.text.hasPrefix(SigningSecret.Prefix.symmetric),
                secret.form == .asProvided || secret.form == .standardWebhooks
            {
                key = try ProviderSecret(secret.text, form: .standardWebhooks).symmetricKeys(.utf8)[0]
            } else {
                key = try secret.symmetricKeys(.base64)[0]
            }
            return [
                HTTPSignatureKey(material: .hmac(KeyedHMAC(.sha256, key: key)), keyID: secret.keyID, algorithms: [.hmacSHA256])
            ]
        }
        let named = PublicKey.namedKeys(inSet: secret.text)
        if !named.isEmpty {
            guard named.count <= SignatureLimits.keys else { throw .tooMany }
            var keys: [HTTPSignatureKey] = []
            for (key, id) in named {
                keys.append(try HTTPSignatureKey(key, keyID: id ?? secret.keyID, pinned: secret.algorithm))
            }
            return keys
        }
        return [try HTTPSignatureKey(try secret.publicKey(), keyID: secret.keyID, pinned: secret.algorithm)]
    }

    private static func isSharedSecret(_ secret: ProviderSecret) -> Bool {
        switch secret.form {
        case .utf8, .hex, .base64, .standardWebhooks: true
        case .asymmetric: false
        case .asProvided: secret.text.hasPrefix(SigningSecret.Prefix.symmetric)
        }
    }

    private init(material: Material, keyID: String?, algorithms: [HTTPSignatureAlgorithm]) {
        self.material = material
        self.keyID = keyID
        self.algorithms = algorithms
    }

    private init(_ key: PublicKey, keyID: String?, pinned: HTTPSignatureAlgorithm?) throws(ProviderSecretError) {
        let possible: [HTTPSignatureAlgorithm] =
            switch key {
            case .ed25519: [.ed25519]
            case .p256: [.ecdsaP256SHA256]
            case .p384: [.ecdsaP384SHA384]
            case .rsa: [.rsaPSSSHA512, .rsaPKCS1SHA256]
            }
        let allowed = possible.filter { pinned == nil || $0 == pinned }
        guard !allowed.isEmpty else { throw .wrongKind }
        self.init(material: .publicKey(key), keyID: keyID, algorithms: allowed)
    }

    func signed(_ base: [UInt8], _ signature: [UInt8], named algorithm: HTTPSignatureAlgorithm?) -> Bool {
        algorithms.contains { own in
            guard algorithm == nil || algorithm == own else { return false }
            switch material {
            case .hmac(var code):
                code.update(base)
                return code.matches(anyOf: [signature])
            case .publicKey(let key): return own.asymmetric.map { key.isValid(signature, for: base, as: $0) } ?? false
            }
        }
    }
}
