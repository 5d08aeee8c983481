import GodwitCore
import GodwitSignature

/// Signs for one endpoint with all secrets that are valid: the current one, and those that were rotated away until they expire.
struct EndpointSigner {
    private let secrets: [EndpointSecret]
    private var signer: WebhookSigner
    /// When the first of the older secrets may not sign any more.
    private var expiresAt: Instant

    init(_ secrets: [EndpointSecret], at now: Instant) throws {
        self.secrets = secrets
        (signer, expiresAt) = try Self.signer(secrets, at: now)
    }

    /// The value of `webhook-signature`.
    mutating func signatures(id: [UInt8], body: [UInt8], at now: Instant) throws -> [UInt8] {
        if now >= expiresAt { (signer, expiresAt) = try Self.signer(secrets, at: now) }
        var signature: [UInt8] = []
        signature.reserveCapacity(64)
        try signer.appendSignatureHeader(
            id: id.span, timestampSeconds: now.secondsSince1970, body: body.span, to: &signature)
        return signature
    }

    private static func signer(_ secrets: [EndpointSecret], at now: Instant) throws -> (WebhookSigner, expiresAt: Instant) {
        let valid = secrets.filter { $0.expiresAt.map { $0 > now } ?? true }
        let parsed = try valid.map { secret throws(SigningSecretError) in try SigningSecret(secret.wireText) }
        guard let current = parsed.first else { throw RequestAssembler.MissingSecret() }
        let expiry = valid.compactMap(\.expiresAt).min() ?? .distantFuture
        return (try WebhookSigner(current: current, older: Array(parsed.dropFirst())), expiry)
    }
}
