import GodwitCore

struct JSONWebTokenCheck: SchemeCheck {
    let rules: TokenRules
    let keys: [JSONWebTokenKey]
    let grade: TrustGrade
    let tolerance: Int64?
    let audience: String?
    let issuer: String?

    /// Seconds by which clocks may differ where a scheme has no tolerance of its own.
    private static let clockSkew: Int64 = 60

    /// A token has three parts; anything else in the same header is for another scheme.
    func applies(to request: WebhookRequest) -> Bool {
        (try? token(request))?.split(separator: ".", omittingEmptySubsequences: false).count == 3
    }

    func check(_ request: WebhookRequest, at nowSeconds: Int64) throws(VerificationError) -> Finding {
        let token = try token(request)
        guard token.utf8.count <= SignatureLimits.tokenBytes else { throw .tooLarge("the token") }
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        guard
            parts.count == 3, let header = Self.json(parts[0]), let claims = Self.json(parts[1]),
            let signature = Base64.decodeURLSafe(parts[2]), case .string(let algorithm)? = header["alg"]
        else { throw .malformedSignature }
        guard rules.algorithms.contains(algorithm) else { throw .noKnownScheme }
        // Extensions that must be understood, and aren't (RFC 7515 §4.1.11).
        guard header["crit"] == nil else { throw .noKnownScheme }
        if let expected = rules.expectsType, case .string(let type)? = header["typ"] {
            let bare = type.lowercased().hasPrefix("application/") ? String(type.dropFirst(12)) : type
            guard bare.lowercased() == expected else { throw .noKnownScheme }
        }
        let keyID: String? = if case .string(let id)? = header["kid"] { id } else { nil }
        let message = Array((parts[0] + "." + parts[1]).utf8)
        guard keys.contains(where: { $0.signed(message, signature, algorithm: algorithm, keyID: keyID) }) else {
            throw .noMatchingSignature
        }
        let issuedAt = try checkClaims(claims, at: nowSeconds)
        if let claim = rules.bodyDigestClaim {
            guard case .string(let digest)? = claims[claim] else { throw .missingComponent(claim) }
            guard Digests.equalInConstantTime(digest.lowercased().utf8, Digests.sha256Hex(request.body).utf8) else {
                throw .bodyDigestMismatch
            }
        }
        return .proved(grade, timestampSeconds: issuedAt)
    }

    private func checkClaims(_ claims: JSONValue, at nowSeconds: Int64) throws(VerificationError) -> Int64? {
        let issuedAt = try Self.date(claims["iat"])
        if rules.checksAge, let tolerance, rules.bodyDigestClaim != nil {
            guard let issuedAt else { throw .missingComponent("iat") }
            try Freshness.check(issuedAt, at: nowSeconds, past: tolerance, future: tolerance)
        } else if let issuedAt, let tolerance = tolerance ?? (rules.checksAge ? nil : Self.clockSkew) {
            // A bearer token lives until `exp`; only one from the future is wrong by its `iat`.
            try Freshness.check(issuedAt, at: nowSeconds, past: nil, future: tolerance)
        }
        let skew = min(tolerance ?? 0, Self.clockSkew)
        if let expiresAt = try Self.date(claims["exp"]), nowSeconds >= expiresAt &+ skew { throw .timestampTooOld }
        if let notBefore = try Self.date(claims["nbf"]), nowSeconds < notBefore &- skew { throw .timestampTooNew }
        if let audience {
            let audiences: [JSONValue] =
                if case .array(let several)? = claims["aud"] { several } else { [claims["aud"] ?? .null] }
            guard audiences.contains(.string(audience)) else { throw .missingComponent("aud") }
        }
        if let issuer { guard claims["iss"] == .string(issuer) else { throw .missingComponent("iss") } }
        return issuedAt
    }

    private func token(_ request: WebhookRequest) throws(VerificationError) -> String {
        switch rules.place {
        case .bearer:
            guard let value = request.headers["authorization"] else { throw .missingHeader("authorization") }
            guard value.prefix(7).lowercased() == "bearer " else { throw .noKnownScheme }
            return String(value.dropFirst(7).trimmedOWS)
        case .header(let name):
            guard let value = request.headers[name], !value.isEmpty else { throw .missingHeader(name) }
            return value
        case .body:
            guard request.body.count <= SignatureLimits.tokenBytes else { throw .tooLarge("the token") }
            return String(decoding: request.body, as: UTF8.self)
        }
    }

    private static func json(_ part: Substring) -> JSONValue? {
        guard let bytes = Base64.decodeURLSafe(part), let value = try? JSONValue.parse(bytes), case .object = value else {
            return nil
        }
        return value
    }

    /// Whole seconds of a NumericDate; fractions are cut off.
    private static func date(_ claim: JSONValue?) throws(VerificationError) -> Int64? {
        guard let claim, claim != .null else { return nil }
        guard case .number(let text) = claim, let value = Double(text), abs(value) < 1e15 else { throw .malformedTimestamp }
        return Int64(value)
    }
}
