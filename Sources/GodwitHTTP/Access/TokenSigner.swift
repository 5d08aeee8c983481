import Crypto
package import GodwitCore
import JWTKit

/// Makes bearer tokens: JSON web tokens with HMAC-SHA256 (RFC 7519, RFC 7515), whose header names the key as `kid`.
package struct TokenSigner: Sendable {
    /// The key of the configuration.
    let secret: [UInt8]
    /// Those that were rotated to, and what is known of the key of the configuration.
    package let keys: [SigningKey]

    /// - Parameters:
    ///   - secret: the key itself; who knows it can make tokens for everybody.
    ///   - keys: those of the store, in the order in which they were made. The last that isn't retiring signs.
    package init(secret: [UInt8], keys: [SigningKey] = []) {
        self.secret = secret
        self.keys = keys
    }

    /// Ten years: a token for a server's configuration, which nobody wants to renew by surprise.
    package static let lifetimeDefault: Duration = .seconds(10 * 365 * 86_400)

    /// The name of the configuration's key: a fingerprint, so that another secret is another key.
    package var configuredKey: String {
        let digest = SHA256.hash(data: Array("godwit signing key\0".utf8) + secret)
        return "cfg_" + digest.prefix(8).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// The key that signs.
    package var currentKey: String { current?.id ?? configuredKey }

    private var current: SigningKey? { keys.last { $0.secret != nil && $0.retiresAt == nil } }

    /// The text of a token that says what `token` says.
    ///
    /// - Parameter token: its `signingKey` is `currentKey`.
    package func sign(_ token: Token, integration: IntegrationID? = nil) async throws -> String {
        try await collection().sign(
            TokenClaims(token, integration: integration), kid: JWKIdentifier(string: token.signingKey))
    }

    /// A token that isn't written down.
    ///
    /// - Parameter application: makes the token good for this application only.
    package func token(
        organization: OrganizationID, application: ApplicationID?, readOnly: Bool, lifetime: Duration = lifetimeDefault,
        now: Instant
    ) async throws -> String {
        try await sign(
            draft(organization: organization, application: application, readOnly: readOnly, lifetime: lifetime, now: now))
    }

    package func draft(
        organization: OrganizationID, application: ApplicationID?, readOnly: Bool, lifetime: Duration = lifetimeDefault,
        now: Instant
    ) -> Token {
        var random = SystemRandomNumberGenerator()
        // Beyond the keys that a server gives out in this unit of time, which begin at its start.
        var identifiers = IdentifierGenerator(after: TimeKey.first(at: now) + Int64(random.next(upperBound: 1 << 22 as UInt64)))
        return Token(
            id: identifiers.next(TokenKind.self, at: now, using: &random), organization: organization, application: application,
            readOnly: readOnly, signingKey: currentKey, createdAt: now, expiresAt: (now + lifetime).wholeSecond)
    }

    /// What says of a token whether it is still good.
    ///
    /// - Throws: when no key of ours signed it, or it is none that is good at this time.
    package func identity(of token: String, at now: Instant) async throws -> TokenIdentity {
        let verified = try await verify(token)
        return try verified.claims.caller(
            at: now, standIn: TokenFingerprint.make(token), signingKey: verified.signingKey
        ).token
    }

    /// - Returns: what the token says, and which key signed it.
    /// - Throws: an error of JWTKit when no key of ours did.
    func verify(_ token: String) async throws -> (claims: TokenClaims, signingKey: String) {
        let claims = try await collection().verify(token, as: TokenClaims.self)
        let named = try DefaultJWTParser().parse(Array(token.utf8), as: TokenClaims.self).header.kid
        // A token without a name, or with a name that others gave it, was checked with the key of the configuration.
        let isStored = keys.contains { $0.id == named && $0.secret != nil }
        return (claims, isStored ? named ?? configuredKey : configuredKey)
    }

    private func collection() async -> JWTKeyCollection {
        let collection = await JWTKeyCollection().add(hmac: Self.hmac(secret), digestAlgorithm: .sha256)
        await collection.add(
            hmac: Self.hmac(secret), digestAlgorithm: .sha256, kid: JWKIdentifier(string: configuredKey))
        for key in keys {
            guard let secret = key.secret else { continue }
            await collection.add(
                hmac: Self.hmac(Array(secret.utf8)), digestAlgorithm: .sha256, kid: JWKIdentifier(string: key.id))
        }
        return collection
    }

    /// HMAC fills a short key up with zeros itself (RFC 2104 §2), so this is the same key; JWTKit traps on less than 32 bytes.
    private static func hmac(_ secret: [UInt8]) -> HMACKey {
        HMACKey(from: secret + [UInt8](repeating: 0, count: max(0, 32 - secret.count)))
    }
}

extension Instant {
    /// Without its fraction: as a token says when it expires.
    var wholeSecond: Instant { Instant(millisecondsSince1970: secondsSince1970 * 1000) }
}
