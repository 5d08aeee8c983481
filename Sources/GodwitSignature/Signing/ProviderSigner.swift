/// Signs webhooks as a provider does: for tests of a receiver, for a sender that takes over from one, for replays.
public struct ProviderSigner: Sendable {
    /// As which provider.
    public let provider: Provider
    /// By which of its schemes.
    public let scheme: SignatureScheme
    private let signing: any SchemeSigning

    /// - Parameters:
    ///   - scheme: the name of one of the provider's schemes; by default its usual one.
    ///   - secrets: the current one first. In schemes whose header holds several signatures each signs; else the first.
    ///   - options: PayPal's `webhookID`, the components that an HTTP message signature covers, a token's audience and issuer.
    public init(
        _ provider: Provider, scheme name: String? = nil, secrets: [ProviderSecret],
        options: VerifierOptions = VerifierOptions()
    ) throws(ProviderSecretError) {
        guard secrets.count <= SignatureLimits.keys else { throw .tooMany }
        guard let scheme = name.map({ provider.scheme(named: $0) }) ?? provider.schemes.first else { throw .unknownScheme }
        if scheme.needsSecret, secrets.isEmpty { throw .missing }
        var secrets = secrets
        if let algorithm = name.flatMap({ HTTPSignatureAlgorithm(rawValue: $0) }) {
            secrets = secrets.map { $0.pinned(to: algorithm) }
        }
        self.provider = provider
        self.scheme = scheme
        signing = try scheme.signing(secrets, options)
    }

    /// - Parameters:
    ///   - request: with its body, and what else the scheme signs: its URL, its method, headers. Headers that the scheme needs and
    ///     that are there are kept.
    ///   - id: the webhook's identifier, in schemes that have a header for it.
    ///   - nowSeconds: seconds since 1970.
    public func sign(
        _ request: WebhookRequest, id: String, at nowSeconds: Int64
    ) throws(ProviderSigningError) -> SignedWebhook {
        try signing.sign(request, id: id, at: nowSeconds)
    }
}

/// One scheme with its keys, ready to sign.
protocol SchemeSigning: Sendable {
    func sign(_ request: WebhookRequest, id: String, at nowSeconds: Int64) throws(ProviderSigningError) -> SignedWebhook
}

extension SignatureScheme {
    func signing(_ secrets: [ProviderSecret], _ options: VerifierOptions) throws(ProviderSecretError) -> any SchemeSigning {
        switch method {
        case .recipe(let recipe):
            var keys: [RecipeSigningKey] = []
            for secret in secrets { keys.append(try recipe.signingKey(secret)) }
            return RecipeSigning(recipe: recipe, keys: keys, idPlaces: id, webhookID: try recipe.webhookID(options))
        case .standardWebhooks(let variant):
            var keys: [WebhookSigner.Key] = []
            for secret in secrets { keys.append(try secret.standardWebhooksSigningKey(variant)) }
            return StandardWebhooksSigning(signer: WebhookSigner(keys: keys))
        case .token(let place):
            guard let secret = secrets.first, !secret.text.isEmpty else { throw .empty }
            return TokenSigning(place: place, token: secret.text, idPlaces: id)
        case .twilio(let hash):
            return TwilioSigning(
                hash: hash, key: KeyedHMAC(hash, key: try secrets[0].symmetricKeys(.utf8)[0]), settings: secrets[0].keyID)
        case .adyenItems: return AdyenItemsSigning(key: KeyedHMAC(.sha256, key: try secrets[0].symmetricKeys(.hex)[0]))
        case .sns:
            guard case .rsa = try secrets[0].privateKey() else { throw .wrongKind }
            return SNSSigning(key: try secrets[0].privateKey())
        case .httpSignature: return try HTTPSignatureSigning(secrets[0], policy: options.httpSignatures)
        case .contentDigest: return ContentDigestSigning()
        case .jsonWebToken(let rules): return try JSONWebTokenSigning(secrets[0], rules: rules, options: options)
        case .unsigned: throw .notSignable
        }
    }
}
