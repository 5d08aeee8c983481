package import GodwitCore
import JWTKit

/// Makes bearer tokens: JSON web tokens with HMAC-SHA256 (RFC 7519, RFC 7515).
package struct TokenSigner: Sendable {
    let secret: [UInt8]

    /// - Parameter secret: the key itself; who knows it can make tokens for everybody.
    package init(secret: [UInt8]) { self.secret = secret }

    /// Ten years: a token for a server's configuration, which nobody wants to renew by surprise.
    package static let lifetimeDefault: Duration = .seconds(10 * 365 * 86_400)

    /// - Parameter application: makes the token good for this application only.
    package func token(
        organization: OrganizationID, application: ApplicationID?, readOnly: Bool, lifetime: Duration = lifetimeDefault,
        now: Instant
    ) async throws -> String {
        let issuedAt = Double(now.secondsSince1970)
        let claims = TokenClaims(
            iss: "godwit", iat: issuedAt, nbf: issuedAt, exp: Double((now + lifetime).secondsSince1970),
            sub: application?.description ?? organization.rawValue, org: application == nil ? nil : organization.rawValue,
            ro: readOnly ? true : nil, feature_flags: nil)
        return try await keys().sign(claims)
    }

    func keys() async -> JWTKeyCollection {
        // HMAC fills a short key up with zeros itself (RFC 2104 §2), so this is the same key; JWTKit traps on less than 32 bytes.
        let padding = [UInt8](repeating: 0, count: max(0, 32 - secret.count))
        return await JWTKeyCollection().add(hmac: HMACKey(from: secret + padding), digestAlgorithm: .sha256)
    }
}
