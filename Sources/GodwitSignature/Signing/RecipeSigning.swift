import GodwitCore

enum RecipeSigningKey: Sendable {
    case hmac(KeyedHMAC, HMACHash)
    case privateKey(PrivateKey, PublicKey.Algorithm)

    func signature(_ content: [UInt8]) -> [UInt8]? {
        switch self {
        case .hmac(var code, _):
            code.update(content)
            return code.code
        case .privateKey(let key, let algorithm): return key.signature(for: content, as: algorithm)
        }
    }
}

struct RecipeSigning: SchemeSigning {
    let recipe: SignatureRecipe
    let keys: [RecipeSigningKey]
    let idPlaces: [ValuePlace]
    let webhookID: String?

    func sign(_ request: WebhookRequest, id: String, at nowSeconds: Int64) throws(ProviderSigningError) -> SignedWebhook {
        var draft = SigningDraft(request)
        if case .header(let name)? = idPlaces.first { draft.add(name, id) }
        if case .payPalCertificate = recipe.precondition {
            draft.add("paypal-auth-algo", "SHA256withRSA")
            draft.add("paypal-cert-url", "https://api.paypal.com/v1/notifications/certs/CERT-test")
        }
        let timestamp = try timestamp(&draft, at: nowSeconds)
        let content = try content(&draft, timestamp: timestamp, id: id)
        var texts: [String] = []
        for key in keys {
            guard let signature = key.signature(content) else { throw .refused }
            switch recipe.encoding {
            case .hex: texts.append(Hex.encode(signature))
            case .base64: texts.append(Base64.encode(signature))
            }
        }
        switch recipe.place {
        case .header(let name, let prefix):
            if case .hmacNamedByPrefix = recipe.algorithm, case .hmac(_, let hash)? = keys.first {
                draft.add(name, "\(hash.rawValue)=\(texts[0])")
            } else {
                draft.add(name, prefix + texts[0])
            }
        case .list(let name, let separator, let assign, let key):
            var items = texts.map { "\(key)\(assign)\($0)" }
            if case .parameter(let timeName)? = recipe.time?.place { items.insert("\(timeName)\(assign)\(timestamp)", at: 0) }
            draft.add(name, items.joined(separator: String(separator)))
        case .json(let pointer): draft.bodyFields.append(.init(pointer: pointer.description, value: texts[0]))
        }
        return draft.signed
    }

    private func timestamp(
        _ draft: inout SigningDraft, at nowSeconds: Int64
    ) throws(ProviderSigningError) -> String {
        guard let rule = recipe.time else { return "" }
        let now = rule.unit.text(seconds: nowSeconds)
        switch rule.place {
        case .parameter: return now
        case .header(let name): return draft.add(name, now)
        case .json(let pointer):
            if let text = pointer.text(in: draft.request.body) { return text }
            // Where the body is signed it can't be changed any more.
            guard !signsBody else { throw .missing("\(pointer) in the body") }
            draft.bodyFields.append(.init(pointer: pointer.description, value: now))
            return now
        }
    }

    private var signsBody: Bool { recipe.content.contains { if case .body = $0 { true } else { false } } }

    private func content(
        _ draft: inout SigningDraft, timestamp: String, id: String
    ) throws(ProviderSigningError) -> [UInt8] {
        // A field of the body that is signed by itself is the identifier, in the one scheme that has it.
        for case .value(.json(let pointer)) in recipe.content where pointer.text(in: draft.request.body) == nil {
            draft.bodyFields.append(.init(pointer: pointer.description, value: id))
        }
        var content: [UInt8] = []
        let source = RecipeContent(recipe: recipe, request: draft.request, parameters: [], webhookID: webhookID)
        for part in recipe.content {
            switch part {
            case .literal(let text): content += Array(text.utf8)
            case .value(.json(let pointer)):
                let added = draft.bodyFields.first { $0.pointer == pointer.description }?.value
                content += Array((added ?? pointer.text(in: draft.request.body) ?? "").utf8)
            case .value(let place):
                do throws(VerificationError) {
                    content += Array(try source.value(place).utf8)
                } catch {
                    throw ProviderSigningError(error)
                }
            case .timestamp: content += Array(timestamp.utf8)
            case .body: content += draft.request.body
            case .method: content += Array(draft.request.method.utf8)
            case .url:
                guard let url = draft.request.url else { throw .missing("the URL") }
                content += Array(url.utf8)
            case .webhookID: content += Array((webhookID ?? "").utf8)
            case .bodyCRC32: content += Array(String(Digests.crc32(draft.request.body)).utf8)
            }
        }
        return content
    }
}

/// A request on its way to being signed.
struct SigningDraft {
    private(set) var request: WebhookRequest
    private var added: [WebhookHeaders.Field] = []
    var bodyFields: [SignedWebhook.BodyField] = []

    init(_ request: WebhookRequest) { self.request = request }

    /// Adds a header, unless the request has it already.
    ///
    /// - Returns: the value that stands.
    @discardableResult
    mutating func add(_ name: String, _ value: String) -> String {
        if let existing = request.headers[name] { return existing }
        request.headers.append(name, value)
        added.append(.init(name, value))
        return value
    }

    mutating func redirect(to url: String) { request.url = url }
    mutating func replaceBody(_ body: [UInt8]) { request.body = body }

    var signed: SignedWebhook { SignedWebhook(headers: added, url: request.url, body: request.body, bodyFields: bodyFields) }
}

extension SignatureRecipe {
    func signingKey(_ secret: ProviderSecret) throws(ProviderSecretError) -> RecipeSigningKey {
        switch algorithm {
        case .hmac(let hash): return .hmac(KeyedHMAC(hash, key: try secret.symmetricKeys(key)[0]), hash)
        // The strongest of which every hub's library knows.
        case .hmacNamedByPrefix: return .hmac(KeyedHMAC(.sha256, key: try secret.symmetricKeys(key)[0]), .sha256)
        case .ed25519:
            let key = try secret.privateKey()
            guard case .ed25519 = key else { throw .wrongKind }
            return .privateKey(key, .ed25519)
        case .ecdsaP256SHA256:
            let key = try secret.privateKey()
            guard case .p256 = key else { throw .wrongKind }
            return .privateKey(key, .ecdsaP256(isDER: true))
        case .rsaPKCS1SHA256:
            let key = try secret.privateKey()
            guard case .rsa = key else { throw .wrongKind }
            return .privateKey(key, .rsaPKCS1(.sha256))
        }
    }
}
