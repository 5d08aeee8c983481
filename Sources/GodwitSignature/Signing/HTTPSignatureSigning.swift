/// Signs by RFC 9421 with the label `sig1`.
struct HTTPSignatureSigning: SchemeSigning {
    private enum Key: Sendable {
        case hmac(KeyedHMAC)
        case privateKey(PrivateKey, PublicKey.Algorithm)
    }

    private let key: Key
    private let algorithm: HTTPSignatureAlgorithm
    private let keyID: String?
    private let policy: HTTPSignaturePolicy

    init(_ secret: ProviderSecret, policy: HTTPSignaturePolicy) throws(ProviderSecretError) {
        self.policy = policy
        keyID = secret.keyID
        if let signingKey = PrivateKey(secret.text), secret.algorithm != .hmacSHA256,
            secret.form == .asProvided || secret.form == .asymmetric
        {
            let possible: [HTTPSignatureAlgorithm] =
                switch signingKey {
                case .ed25519: [.ed25519]
                case .p256: [.ecdsaP256SHA256]
                case .p384: [.ecdsaP384SHA384]
                case .rsa: [.rsaPSSSHA512, .rsaPKCS1SHA256]
                }
            guard
                let algorithm = possible.first(where: { secret.algorithm == nil || secret.algorithm == $0 }),
                let asymmetric = algorithm.asymmetric
            else { throw .wrongKind }
            self.algorithm = algorithm
            key = .privateKey(signingKey, asymmetric)
            return
        }
        guard case .hmac(let keyed)? = try HTTPSignatureKey.keys(secret).first?.material else { throw .wrongKind }
        algorithm = .hmacSHA256
        key = .hmac(keyed)
    }

    func sign(_ request: WebhookRequest, id: String, at nowSeconds: Int64) throws(ProviderSigningError) -> SignedWebhook {
        var draft = SigningDraft(request)
        draft.add("webhook-id", id)
        draft.add("webhook-timestamp", String(nowSeconds))
        draft.add("content-digest", ContentDigest.sha256(request.body))
        let components = components(draft.request).map { StructuredField.Item(value: .string($0)) }
        var parameters = StructuredField.Parameters()
        parameters.set("created", .integer(nowSeconds))
        if let keyID { parameters.set("keyid", .string(keyID)) }
        parameters.set("alg", .string(algorithm.rawValue))
        if let tag = policy.tag { parameters.set("tag", .string(tag)) }
        let input = StructuredField.serialise(.innerList(components, parameters))
        let base: [UInt8]
        do throws(VerificationError) {
            base = try SignatureBase.make(components, parameters: input, of: draft.request)
        } catch {
            throw ProviderSigningError(error)
        }
        let signature: [UInt8]?
        switch key {
        case .hmac(var code):
            code.update(base)
            signature = code.code
        case .privateKey(let key, let algorithm): signature = key.signature(for: base, as: algorithm)
        }
        guard let signature else { throw .refused }
        draft.add("signature-input", "sig1=\(input)")
        draft.add("signature", "sig1=\(StructuredField.serialise(.bytes(signature)))")
        return draft.signed
    }

    /// All that makes a webhook what it is, as far as it is there; and what the policy asks for.
    private func components(_ request: WebhookRequest) -> [String] {
        var names: [String] = []
        if request.status != nil {
            names.append("@status")
        } else {
            names += ["@method"]
            if request.parsedURL?.authority != nil || request.headers["host"] != nil { names.append("@authority") }
            if request.url != nil { names += ["@path", "@query"] }
        }
        names += ["content-type", "content-digest", "webhook-id", "webhook-timestamp"].filter { request.headers[$0] != nil }
        return names + policy.requiredComponents.filter { !names.contains($0) }
    }
}
