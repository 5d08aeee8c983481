/// Everything that ends tokens before they expire. Asked once for a token, and again only after something changed.
package struct TokenValidity: Sendable {
    private struct Name: Hashable {
        let organization: OrganizationID
        let id: String
    }

    private struct Scope: Hashable {
        let organization: OrganizationID
        let scope: RevocationScope
    }

    private struct Revoked {
        let effectiveAt: Instant
        let keptUntil: Instant
    }

    private struct Cutoffs {
        var all: [RevocationCutoff] = []
        var keptUntil: Instant
    }

    private var tokens: [Name: Revoked] = [:]
    private var cutoffs: [Scope: Cutoffs] = [:]
    private var retirements: [String: Instant] = [:]
    private var integrations: [Int64: Integration] = [:]
    private var counts: [OrganizationID: Int] = [:]

    package init() {}

    /// Revocations of the organization that are kept; those of one scope count as one.
    package func count(_ organization: OrganizationID) -> Int { counts[organization, default: 0] }

    /// When the token stops being good. It is good while the time is before that.
    package func end(of token: TokenIdentity) -> Instant {
        var end = token.expiresAt
        if let revoked = tokens[Name(organization: token.organization, id: token.id)] { end = min(end, revoked.effectiveAt) }
        if let retirement = retirements[token.signingKey] { end = min(end, retirement) }
        // Revocations of sessions are kept for so long.
        if token.session != nil { end = min(end, token.issuedAt + Limits.portalTokenLifetime) }
        for scope in scopes(of: token) {
            for cutoff in cutoffs[scope]?.all ?? [] where token.issuedAt <= cutoff.upTo { end = min(end, cutoff.effectiveAt) }
        }
        if let key = token.integration, integrations[key]?.token != token.id { end = .distantPast }
        return end
    }

    /// What an integration's key may see; nil for an integration that isn't there.
    package func featureFlags(ofIntegration key: Int64) -> [String]? { integrations[key]?.featureFlags }

    /// When a token that is made now has to say that it was made: after all that was ended already, also when the clock stands.
    package func issueTime(
        _ organization: OrganizationID, application: Int64?, session: String?, at now: Instant
    ) -> Instant {
        let token = TokenIdentity(
            organization: organization, application: application, id: "", issuedAt: now, expiresAt: .distantFuture,
            session: session, signingKey: "")
        let latest = scopes(of: token).flatMap { cutoffs[$0]?.all ?? [] }.map(\.upTo).max() ?? .distantPast
        return max(now, latest + .milliseconds(1))
    }

    /// An integration's key ends with the integration, and with all of the organization: not with its application's sessions.
    private func scopes(of token: TokenIdentity) -> [Scope] {
        var scopes = [RevocationScope()]
        if let application = token.application, token.integration == nil {
            scopes.append(RevocationScope(application: application))
            if let session = token.session { scopes.append(RevocationScope(application: application, session: session)) }
        }
        return scopes.map { Scope(organization: token.organization, scope: $0) }
    }
}

extension TokenValidity {
    /// Twice is once, and the order doesn't matter.
    package mutating func add(_ revocation: Revocation, at now: Instant) {
        switch revocation.subject {
        case .token(let id):
            let name = Name(organization: revocation.organization, id: id)
            if let former = tokens[name], former.effectiveAt <= revocation.effectiveAt { return }
            if tokens[name] == nil { counts[revocation.organization, default: 0] += 1 }
            tokens[name] = Revoked(effectiveAt: revocation.effectiveAt, keptUntil: revocation.keptUntil)
        case .issued(let upTo, let scope):
            let cutoff = RevocationCutoff(upTo: upTo, effectiveAt: revocation.effectiveAt)
            let scope = Scope(organization: revocation.organization, scope: scope)
            var standing = cutoffs[scope] ?? Cutoffs(keptUntil: revocation.keptUntil)
            guard !standing.all.contains(where: { $0.covers(cutoff, at: now) }) else { return }
            standing.all = standing.all.filter { !cutoff.covers($0, at: now) } + [cutoff]
            standing.keptUntil = max(standing.keptUntil, revocation.keptUntil)
            if cutoffs[scope] == nil { counts[revocation.organization, default: 0] += 1 }
            cutoffs[scope] = standing
        }
    }

    package mutating func set(_ keys: [SigningKey]) {
        retirements = [:]
        for key in keys { retirements[key.id] = key.retiresAt }
    }

    package mutating func put(_ integration: Integration) { integrations[integration.id.key] = integration }
    package mutating func removeIntegration(_ key: Int64) { integrations[key] = nil }
    package mutating func removeIntegrations(ofApplication key: Int64) {
        integrations = integrations.filter { $0.value.application != key }
    }

    /// What can't end a token any more.
    package mutating func forget(at now: Instant) {
        tokens = tokens.filter { $0.value.keptUntil > now }
        cutoffs = cutoffs.filter { $0.value.keptUntil > now }
        counts = [:]
        for name in tokens.keys { counts[name.organization, default: 0] += 1 }
        for scope in cutoffs.keys { counts[scope.organization, default: 0] += 1 }
    }
}
