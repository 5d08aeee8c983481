extension SignatureScheme {
    func check(
        of provider: Provider, _ secrets: [ProviderSecret], _ options: VerifierOptions
    ) throws(ProviderSecretError) -> any SchemeCheck {
        if needsSecret, secrets.isEmpty { throw .missing }
        let tolerance = options.toleranceSeconds(recommended: toleranceSeconds)
        switch method {
        case .recipe(let recipe):
            return RecipeCheck(
                recipe: recipe,
                keys: try Self.usable(secrets) { secret throws(ProviderSecretError) in try recipe.keys(secret) },
                grade: grade, tolerance: tolerance, webhookID: try recipe.webhookID(options))
        case .standardWebhooks(let variant):
            let keys = try Self.usable(secrets) { secret throws(ProviderSecretError) in [try secret.verificationKey(variant)] }
            return StandardWebhooksCheck(
                verifier: WebhookVerifier(
                    keys: keys, tolerance: tolerance, variant: variant, provider: provider, eventType: eventType))
        case .token(let place):
            guard secrets.allSatisfy({ !$0.text.isEmpty }) else { throw .empty }
            return TokenCheck(place: place, tokens: secrets.map { Array($0.text.utf8) }, grade: grade)
        case .twilio(let hash):
            let keys = try Self.usable(secrets) { secret throws(ProviderSecretError) in
                try secret.symmetricKeys(.utf8).map { KeyedHMAC(hash, key: $0) }
            }
            return TwilioCheck(hash: hash, keys: keys)
        case .adyenItems:
            return AdyenItemsCheck(
                keys: try Self.usable(secrets) { secret throws(ProviderSecretError) in
                    try secret.symmetricKeys(.hex).map { KeyedHMAC(.sha256, key: $0) }
                })
        case .sns:
            let keys = try Self.usable(secrets) { secret throws(ProviderSecretError) in [try secret.publicKey()] }
            return SNSCheck(keys: keys, tolerance: tolerance)
        case .httpSignature:
            return HTTPSignatureCheck(
                keys: try Self.usable(secrets) { secret throws(ProviderSecretError) in try HTTPSignatureKey.keys(secret) },
                policy: options.httpSignatures, tolerance: tolerance)
        case .contentDigest: return ContentDigestCheck()
        case .jsonWebToken(let rules):
            return JSONWebTokenCheck(
                rules: rules,
                keys: try Self.usable(secrets) { secret throws(ProviderSecretError) in try JSONWebTokenKey.keys(secret) },
                grade: grade, tolerance: tolerance, audience: options.audience, issuer: options.issuer)
        case .unsigned(let refetch, let signedTypes):
            return UnsignedCheck(refetch: refetch, signedTypes: signedTypes, eventType: self.eventType)
        }
    }

    var needsSecret: Bool {
        switch method {
        case .contentDigest, .unsigned: false
        case .recipe, .standardWebhooks, .token, .twilio, .adyenItems, .sns, .httpSignature, .jsonWebToken: true
        }
    }

    /// Keys of the secrets that this scheme can use; throws what is wrong with the first when it can use none.
    private static func usable<Key>(
        _ secrets: [ProviderSecret], _ read: (ProviderSecret) throws(ProviderSecretError) -> [Key]
    ) throws(ProviderSecretError) -> [Key] {
        var keys: [Key] = []
        var firstError: ProviderSecretError?
        for secret in secrets {
            do throws(ProviderSecretError) {
                keys += try read(secret)
            } catch {
                firstError = firstError ?? error
            }
        }
        if keys.isEmpty, let firstError { throw firstError }
        return keys
    }
}
