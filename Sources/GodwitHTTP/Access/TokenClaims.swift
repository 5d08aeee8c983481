import GodwitCore
import JWTKit

/// What a token says. Times are seconds since 1970 (RFC 7519 §2, NumericDate), which may have a fraction.
struct TokenClaims: JWTPayload {
    var iss: String?
    /// With milliseconds, so that a token made right after all former ones were ended isn't taken for one of them.
    var iat: Double?
    var nbf: Double?
    var exp: Double?
    /// An organization, or an application when `org` is there.
    var sub: String?
    var org: String?
    /// Its identifier, by which it can be revoked.
    var jti: String?
    /// May only read.
    var ro: Bool?
    // The name that Svix servers give it.
    // swift-format-ignore: AlwaysUseLowerCamelCase
    var feature_flags: [String]?
    /// Capabilities; none given is all.
    var cap: [String]?
    /// Session.
    var sid: String?
    /// The integration whose key it is.
    var integ: String?

    /// The times are compared in `caller(at:)`, which is told what time it is.
    func verify(using algorithm: some JWTAlgorithm) async throws {}
}

extension TokenClaims {
    init(_ token: Token, integration: IntegrationID? = nil) {
        self.init(
            iss: "godwit", iat: Double(token.createdAt.millisecondsSince1970) / 1000,
            nbf: Double(token.createdAt.secondsSince1970), exp: Double(token.expiresAt.secondsSince1970),
            sub: token.application?.description ?? token.organization.rawValue,
            org: token.application == nil ? nil : token.organization.rawValue, jti: token.id.description,
            ro: token.readOnly ? true : nil, feature_flags: token.featureFlags.isEmpty ? nil : token.featureFlags,
            cap: token.capabilities?.map(\.rawValue), sid: token.session, integ: integration?.description)
    }

    /// - Parameters:
    ///   - standIn: what to call a token that has no identifier.
    ///   - signingKey: the key that signed it.
    /// - Throws: 401 outside the token's time, 400 when a name in it is not what it should be.
    func caller(at now: Instant, standIn: String, signingKey: String) throws(Problem) -> Caller {
        let seconds = Double(now.millisecondsSince1970) / 1000
        if let exp, seconds >= exp { throw .unauthenticated }
        if let nbf, seconds + Double(Limits.clockSkewSeconds) < nbf { throw .unauthenticated }
        guard let sub else { throw .unauthenticated("Invalid token (missing `sub`).") }
        guard let organization = OrganizationID(org ?? sub) else {
            throw .badToken("`\(org == nil ? "sub" : "org")` is not a valid organization id.")
        }
        var application: ApplicationID?
        if org != nil {
            application = ApplicationID(sub)
            if application == nil { throw .badToken("`sub` is not a valid application id.") }
        }
        var integration: IntegrationID?
        if let integ {
            integration = IntegrationID(integ)
            if integration == nil { throw .badToken("`integ` is not a valid integration id.") }
        }
        return Caller(
            organization: organization, application: application, readOnly: ro ?? false,
            capabilities: cap.map { Set($0.compactMap(Capability.init)) } ?? Set(Capability.allCases),
            featureFlags: feature_flags ?? [],
            token: TokenIdentity(
                organization: organization, application: application?.key, id: jti ?? standIn, issuedAt: issuedAt,
                expiresAt: expiresAt, session: sid, signingKey: signingKey, integration: integration?.key))
    }

    private var issuedAt: Instant { iat.map(Self.instant) ?? .distantPast }

    /// When the token stops being good; a token without `exp` is good for ever.
    private var expiresAt: Instant { exp.map(Self.instant) ?? .distantFuture }

    private static func instant(_ seconds: Double) -> Instant {
        guard seconds < Double(Instant.distantFuture.secondsSince1970) else { return .distantFuture }
        // NaN is no time.
        return Instant(millisecondsSince1970: seconds > 0 ? Int64((seconds * 1000).rounded()) : 0)
    }
}
