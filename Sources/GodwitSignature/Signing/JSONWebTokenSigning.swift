import GodwitCore

/// Makes the token that a scheme expects.
struct JSONWebTokenSigning: SchemeSigning {
    private enum Key: Sendable {
        case hmac(KeyedHMAC)
        case privateKey(PrivateKey, PublicKey.Algorithm)
    }

    private let key: Key
    private let algorithm: String
    private let keyID: String?
    private let rules: TokenRules
    private let audience: String?
    private let issuer: String?

    /// Seconds for which a bearer token is good.
    private static let lifetimeSeconds: Int64 = 300

    init(_ secret: ProviderSecret, rules: TokenRules, options: VerifierOptions) throws(ProviderSecretError) {
        self.rules = rules
        keyID = secret.keyID
        audience = options.audience
        issuer = options.issuer
        let isAsymmetric = secret.form == .asymmetric || (secret.form == .asProvided && PEM.firstBlock(secret.text) != nil)
        if isAsymmetric {
            let signingKey = try secret.privateKey()
            let (name, asymmetric): (String, PublicKey.Algorithm) =
                switch signingKey {
                case .ed25519: ("EdDSA", .ed25519)
                case .p256: ("ES256", .ecdsaP256(isDER: false))
                case .p384: ("ES384", .ecdsaP384(isDER: false))
                case .rsa: ("RS256", .rsaPKCS1(.sha256))
                }
            algorithm = name
            key = .privateKey(signingKey, asymmetric)
        } else {
            algorithm = "HS256"
            key = .hmac(KeyedHMAC(.sha256, key: try secret.symmetricKeys(.utf8)[0]))
        }
        guard rules.algorithms.contains(algorithm) else { throw .wrongKind }
    }

    func sign(_ request: WebhookRequest, id: String, at nowSeconds: Int64) throws(ProviderSigningError) -> SignedWebhook {
        var header: [JSONValue.Member] = [.init("alg", .string(algorithm))]
        if let keyID { header.append(.init("kid", .string(keyID))) }
        header.append(.init("typ", .string(rules.expectsType ?? "JWT")))
        let token = try signed(header, claims: try claims(request, id: id, at: nowSeconds))
        var draft = SigningDraft(request)
        switch rules.place {
        case .bearer: draft.add("authorization", "Bearer \(token)")
        case .header(let name): draft.add(name, token)
        case .body:
            draft.replaceBody(Array(token.utf8))
            draft.add("content-type", "application/secevent+jwt")
        }
        return draft.signed
    }

    private func claims(
        _ request: WebhookRequest, id: String, at nowSeconds: Int64
    ) throws(ProviderSigningError) -> [UInt8] {
        var members: [JSONValue.Member] = []
        if case .body = rules.place {
            // The body is the event: its claims are kept.
            guard case .object(let given)? = try? JSONValue.parse(request.body) else { throw .malformedBody }
            members = given
        }
        func add(_ name: String, _ value: JSONValue) {
            if !members.contains(where: { $0.name == name }) { members.append(.init(name, value)) }
        }
        if let issuer { add("iss", .string(issuer)) }
        if let audience { add("aud", .string(audience)) }
        add("iat", .number(String(nowSeconds)))
        if let claim = rules.bodyDigestClaim {
            add(claim, .string(Digests.sha256Hex(request.body)))
        } else if case .body = rules.place {
            add("jti", .string(id))
        } else {
            add("exp", .number(String(nowSeconds + Self.lifetimeSeconds)))
        }
        return JSONWriter.write(JSONValue.object(members))
    }

    private func signed(_ header: [JSONValue.Member], claims: [UInt8]) throws(ProviderSigningError) -> String {
        let message = Base64.encodeURLSafe(JSONWriter.write(JSONValue.object(header))) + "." + Base64.encodeURLSafe(claims)
        let signature: [UInt8]?
        switch key {
        case .hmac(var code):
            code.update(Array(message.utf8))
            signature = code.code
        case .privateKey(let key, let algorithm): signature = key.signature(for: Array(message.utf8), as: algorithm)
        }
        guard let signature else { throw .refused }
        return message + "." + Base64.encodeURLSafe(signature)
    }
}
