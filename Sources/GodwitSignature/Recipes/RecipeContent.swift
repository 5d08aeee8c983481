import GodwitCore

/// The text that a recipe signs, for one request.
struct RecipeContent {
    let recipe: SignatureRecipe
    let request: WebhookRequest
    let parameters: [(name: String, value: String)]
    let webhookID: String?

    /// Hands over the parts one after the other, so that a large body isn't copied.
    func forEach(timestamp: String, _ take: ([UInt8]) -> Void) throws(VerificationError) {
        for part in recipe.content {
            switch part {
            case .literal(let text): take(Array(text.utf8))
            case .value(let place): take(Array(try value(place).utf8))
            case .timestamp: take(Array(timestamp.utf8))
            case .body: take(request.body)
            case .method: take(Array(request.method.utf8))
            case .url:
                guard let url = request.url else { throw .missingComponent("the URL") }
                take(Array(url.utf8))
            case .webhookID: take(Array((webhookID ?? "").utf8))
            case .bodyCRC32: take(Array(String(Digests.crc32(request.body)).utf8))
            }
        }
    }

    func joined(timestamp: String) throws(VerificationError) -> [UInt8] {
        var content: [UInt8] = []
        try forEach(timestamp: timestamp) { content += $0 }
        return content
    }

    func value(_ place: ValuePlace) throws(VerificationError) -> String {
        switch place {
        case .header(let name):
            guard let value = request.headers[name], !value.isEmpty else { throw .missingHeader(name) }
            return value
        case .json(let pointer):
            guard request.body.count <= SignatureLimits.parsedBodyBytes else { throw .tooLarge("the body") }
            guard let value = pointer.text(in: request.body) else { throw .missingHeader(pointer.description) }
            return value
        case .parameter(let name):
            guard let value = parameters.first(where: { $0.name == name })?.value else { throw .malformedSignature }
            return value
        }
    }
}

/// A key of a recipe, prepared.
enum RecipeKey: Sendable {
    case hmac(KeyedHMAC)
    /// One for each hash that the header may name.
    case hmacNamed([HMACHash: KeyedHMAC])
    case publicKey(PublicKey)

    func signed(
        _ content: RecipeContent, timestamp: String, _ found: FoundSignatures, as algorithm: SignatureAlgorithm
    ) throws(VerificationError) -> Bool {
        switch self {
        case .hmac(let keyed): return try Self.code(content, timestamp, keyed).matches(anyOf: found.signatures)
        case .hmacNamed(let keyed):
            guard let hash = found.hash, let keyed = keyed[hash] else { return false }
            return try Self.code(content, timestamp, keyed).matches(anyOf: found.signatures)
        case .publicKey(let key):
            guard let algorithm = algorithm.asymmetric else { return false }
            let message = try content.joined(timestamp: timestamp)
            return found.signatures.contains { key.isValid($0, for: message, as: algorithm) }
        }
    }

    private static func code(
        _ content: RecipeContent, _ timestamp: String, _ keyed: KeyedHMAC
    ) throws(VerificationError) -> KeyedHMAC {
        var code = keyed
        try content.forEach(timestamp: timestamp) { code.update($0) }
        return code
    }
}

extension SignatureAlgorithm {
    var asymmetric: PublicKey.Algorithm? {
        switch self {
        case .hmac, .hmacNamedByPrefix: nil
        case .ed25519: .ed25519
        case .ecdsaP256SHA256: .ecdsaP256(isDER: true)
        case .rsaPKCS1SHA256: .rsaPKCS1(.sha256)
        }
    }
}

extension SignatureRecipe {
    func keys(_ secret: ProviderSecret) throws(ProviderSecretError) -> [RecipeKey] {
        switch algorithm {
        case .hmac(let hash): return try secret.symmetricKeys(key).map { .hmac(KeyedHMAC(hash, key: $0)) }
        case .hmacNamedByPrefix:
            return try secret.symmetricKeys(key).map { key in
                .hmacNamed(Dictionary(uniqueKeysWithValues: HMACHash.allCases.map { ($0, KeyedHMAC($0, key: key)) }))
            }
        case .ed25519:
            guard case .ed25519 = try secret.publicKey() else { throw .wrongKind }
        case .ecdsaP256SHA256:
            guard case .p256 = try secret.publicKey() else { throw .wrongKind }
        case .rsaPKCS1SHA256:
            guard case .rsa = try secret.publicKey() else { throw .wrongKind }
        }
        return [.publicKey(try secret.publicKey())]
    }

    /// The identifier of the webhook, for recipes that sign it.
    func webhookID(_ options: VerifierOptions) throws(ProviderSecretError) -> String? {
        let isSigned = content.contains { part in if case .webhookID = part { true } else { false } }
        guard isSigned else { return nil }
        guard let id = options.webhookID, !id.isEmpty else { throw .webhookIDMissing }
        return id
    }
}
