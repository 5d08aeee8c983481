import GodwitCore
import JWTKit

/// What a token says. Times are seconds since 1970 (RFC 7519 §2, NumericDate), which may have a fraction.
struct TokenClaims: JWTPayload {
    var iss: String?
    var iat: Double?
    var nbf: Double?
    var exp: Double?
    /// An organization, or an application when `org` is there.
    var sub: String?
    var org: String?
    /// May only read.
    var ro: Bool?
    // The name that Svix servers give it.
    // swift-format-ignore: AlwaysUseLowerCamelCase
    var feature_flags: [String]?

    /// The times are compared in `caller(at:)`, which is told what time it is.
    func verify(using algorithm: some JWTAlgorithm) async throws {}
}

extension TokenClaims {
    /// - Throws: 401 outside the token's time, 400 when a name in it is not what it should be.
    func caller(at now: Instant) throws(Problem) -> Caller {
        let seconds = Double(now.millisecondsSince1970) / 1000
        if let exp, seconds >= exp { throw .unauthenticated }
        if let nbf, seconds + Double(Limits.clockSkewSeconds) < nbf { throw .unauthenticated }
        guard let sub else { throw .unauthenticated("Invalid token (missing `sub`).") }
        guard let org else {
            guard let organization = OrganizationID(sub) else { throw .badToken("`sub` is not a valid organization id.") }
            return Caller(organization: organization, readOnly: ro ?? false)
        }
        guard let organization = OrganizationID(org) else { throw .badToken("`org` is not a valid organization id.") }
        guard let application = ApplicationID(sub) else { throw .badToken("`sub` is not a valid application id.") }
        return Caller(
            organization: organization, application: application, readOnly: ro ?? false, featureFlags: feature_flags ?? [])
    }

    /// When the token stops being good; a token without `exp` is good for ever.
    var expiresAt: Instant {
        guard let exp, exp < Double(Instant.distantFuture.secondsSince1970) else { return .distantFuture }
        return Instant(millisecondsSince1970: Int64(max(0, exp) * 1000))
    }
}
