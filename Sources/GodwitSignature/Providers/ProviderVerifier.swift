/// Checks the webhooks of one provider. Make it once and keep it: the keys are prepared here, not for each webhook.
///
/// ```swift
/// let verifier = try ProviderVerifier(.stripe, secrets: [ProviderSecret(endpointSecret)])
/// let webhook = try verifier.verify(WebhookRequest(headers: headers, body: body), at: now)
/// ```
/// That it didn't come before is not checked here: keep `VerifiedWebhook.id` and ignore what you have seen.
public struct ProviderVerifier: Sendable {
    /// Whose webhooks it checks.
    public let provider: Provider
    private let checks: [(scheme: SignatureScheme, check: any SchemeCheck)]

    /// - Parameters:
    ///   - scheme: the name of one of the provider's schemes, which is then the only one accepted. Without it, a webhook is checked by
    ///     the first scheme in the table whose header or field it carries.
    ///   - secrets: any of them may have signed; during a rotation these are the old and the new one. A scheme that can't use any of
    ///     them is left out.
    public init(
        _ provider: Provider, scheme: String? = nil, secrets: [ProviderSecret], options: VerifierOptions = VerifierOptions()
    ) throws(ProviderSecretError) {
        guard secrets.count <= SignatureLimits.keys else { throw .tooMany }
        self.provider = provider
        var schemes = provider.schemes
        if let scheme {
            guard let named = provider.scheme(named: scheme) else { throw .unknownScheme }
            schemes = [named]
        }
        var secrets = secrets
        if let algorithm = scheme.flatMap({ HTTPSignatureAlgorithm(rawValue: $0) }), provider == .httpSignatures {
            secrets = secrets.map { $0.pinned(to: algorithm) }
        }
        var checks: [(SignatureScheme, any SchemeCheck)] = []
        var firstError: ProviderSecretError?
        for scheme in schemes {
            do throws(ProviderSecretError) {
                checks.append((scheme, try scheme.check(of: provider, secrets, options)))
            } catch {
                firstError = firstError ?? error
            }
        }
        // What needs no secret must not hide that the given one is of no use.
        if let firstError, secrets.isEmpty ? checks.isEmpty : checks.allSatisfy({ !$0.1.usesSecrets }) { throw firstError }
        self.checks = checks
    }

    /// - Parameter nowSeconds: seconds since 1970.
    /// - Returns: a verified webhook, or one whose scheme proves nothing.
    public func judge(_ request: WebhookRequest, at nowSeconds: Int64) throws(VerificationError) -> WebhookJudgement {
        guard let (scheme, check) = checks.first(where: { $0.check.applies(to: request) }) ?? checks.first else {
            throw .noKnownScheme
        }
        let finding = try check.check(request, at: nowSeconds)
        let id = NamedValue(scheme.id) { request.headers[$0] }
        let eventType = NamedValue(scheme.eventType) { request.headers[$0] }
        switch finding {
        case .proved(let grade, let timestampSeconds):
            return .verified(
                VerifiedWebhook(
                    provider: provider, grade: grade, timestampSeconds: timestampSeconds, body: request.body, id: id,
                    eventType: eventType))
        case .nothingProved(let refetch):
            guard request.body.count <= SignatureLimits.parsedBodyBytes else { throw .tooLarge("the body") }
            return .unverified(
                UnverifiedWebhook(
                    provider: provider, body: request.body, refetch: refetch, claimedID: id.text(in: request.body),
                    claimedEventType: eventType.text(in: request.body)))
        }
    }

    /// As `judge`, and refuses what proves nothing.
    public func verify(_ request: WebhookRequest, at nowSeconds: Int64) throws(VerificationError) -> VerifiedWebhook {
        switch try judge(request, at: nowSeconds) {
        case .verified(let webhook): return webhook
        case .unverified(let webhook): throw .unverifiable(refetch: webhook.refetch)
        }
    }
}

/// What the check of one scheme found.
enum Finding: Sendable {
    case proved(TrustGrade, timestampSeconds: Int64?)
    case nothingProved(refetch: String)
}

/// One scheme with its keys, ready to check.
protocol SchemeCheck: Sendable {
    /// Whether it proves anything with a secret.
    var usesSecrets: Bool { get }
    /// Whether the request is meant for this scheme.
    func applies(to request: WebhookRequest) -> Bool
    func check(_ request: WebhookRequest, at nowSeconds: Int64) throws(VerificationError) -> Finding
}

extension SchemeCheck {
    var usesSecrets: Bool { true }
}
