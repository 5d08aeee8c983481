import GodwitCore
import GodwitEngine
import GodwitStore

extension APIRequest {
    /// Makes a token, and writes it down before anybody has it: what is listed is all there is.
    ///
    /// - Parameter make: the token from a draft that has an identifier, the owner, the key and the time of issue.
    func issueToken(
        for application: ApplicationID?, session: String? = nil, _ make: (Token) -> Token
    ) async throws -> (token: Token, text: String) {
        let signer = service.tokens.signer
        let issuedAt = engine.access.issueTime(organization, application: application?.key, session: session, at: engine.now)
        let draft = Token(
            id: engine.makeIdentifier(TokenKind.self), organization: organization, application: application,
            signingKey: signer.currentKey, createdAt: issuedAt, expiresAt: issuedAt)
        let token = make(draft)
        _ = try await change(.token(.insertToken(token)))
        return (token, try await signer.sign(token))
    }

    func revoke(_ scopes: [RevocationScope], issuedUpTo upTo: Instant, after delay: Duration) async throws {
        let end = now + delay
        try await revoke(
            scopes.map { scope in
                Revocation(
                    organization: organization, subject: .issued(upTo: upTo, scope), effectiveAt: end,
                    // A token with a session lives no longer than that; others for as long as they say.
                    keptUntil: scope.session == nil ? .distantFuture : end + Limits.portalTokenLifetime)
            })
    }

    /// Also a token that has expired meanwhile.
    func revoke(_ revocations: [Revocation]) async throws {
        let endsAll = revocations.contains { if case .issued(_, RevocationScope()) = $0.subject { true } else { false } }
        guard endsAll || engine.access.hasRoom(for: revocations.count, organization) else {
            throw Problem.limitReached(
                "More than \(Limits.revocations) revocations are kept until the tokens expire. Expire all tokens of the organization."
            )
        }
        _ = try await change(
            .token(.revoke(revocations)),
            conflict: .limitReached(
                "More than \(Limits.revocationsPending) expiries are still to come. Expire with a shorter `expiry`."))
    }
}
