import GodwitCore
import GodwitEngine
import GodwitStore
import HTTPTypes

/// Tokens of the application portal: for those who look after the endpoints of one application.
struct AuthenticationRoutes {
    var routes: [Route] {
        [
            // Their answers are secrets, which aren't stored. Repeated, they make another token.
            Route(.post, "/auth/app-portal-access/{app_id}", .organization, remembers: false, portalAccess),
            Route(.post, "/auth/dashboard-access/{app_id}", .organization, remembers: false, dashboardAccess),
            Route(.post, "/auth/app/{app_id}/expire-all", .organization, expireAll),
            Route(.post, "/auth/logout", .holder, remembers: false, logOut),
        ]
    }

    private func portalAccess(_ request: APIRequest) async throws -> Answer {
        try await grant(try request.readOptionalBody(PortalAccessIn.init), request)
    }

    private func dashboardAccess(_ request: APIRequest) async throws -> Answer { try await grant(PortalAccessIn(), request) }

    private func grant(_ input: PortalAccessIn, _ request: APIRequest) async throws -> Answer {
        let application = try await request.application(orMake: input.application).application
        let made = try await request.issueToken(for: application.id, session: input.session) { draft in
            Token(
                id: draft.id, organization: draft.organization, application: draft.application, purpose: .portal,
                readOnly: input.readOnly, capabilities: input.capabilities, featureFlags: input.featureFlags,
                session: input.session, signingKey: draft.signingKey, createdAt: draft.createdAt,
                expiresAt: (draft.createdAt + input.lifetime).wholeSecond)
        }
        return Answer(
            .ok,
            PortalAccessOut(
                url: PortalLink.url(base: request.publicURL, application: application.id, token: made.text), token: made.text))
    }

    /// The tokens of the application, those of the command included; not the keys of its integrations.
    private func expireAll(_ request: APIRequest) async throws -> Answer {
        let application = try request.application().application.id.key
        let input = try request.readOptionalBody(ExpireAllIn.init)
        let scopes = input.sessions.map { $0.map { RevocationScope(application: application, session: $0) } }
        try await request.revoke(
            (scopes ?? [RevocationScope(application: application)]), issuedUpTo: request.now, after: input.delay)
        return .noContent
    }

    private func logOut(_ request: APIRequest) async throws -> Answer {
        try await request.revoke([Revocation(request.caller.token, at: request.now)])
        return .noContent
    }
}

private struct PortalAccessIn: Sendable {
    var application: ApplicationIn?
    var readOnly = false
    var capabilities: [Capability]?
    var featureFlags: [String] = []
    var lifetime = Limits.portalTokenLifetime
    var session: String?

    init() {}

    init(_ reader: inout JSONReader) {
        application = reader.object("application", ApplicationIn.init).value
        readOnly = reader.optional("readOnly", .bool) ?? false
        capabilities = reader.capabilities() ?? (readOnly ? [.viewBase] : nil)
        featureFlags = reader.featureFlags()
        lifetime = .seconds(
            reader.optional("expiry", .int(in: Limits.portalTokenSeconds)) ?? Limits.portalTokenSeconds.upperBound)
        session = reader.optional("sessionId", .session)
    }
}

private struct ExpireAllIn: Sendable {
    let delay: Duration
    /// nil for all of the application.
    let sessions: [String]?

    init(_ reader: inout JSONReader) {
        delay = .seconds(reader.optional("expiry", .int(in: Limits.tokenExpirySeconds)) ?? 0)
        sessions = reader.set("sessionIds", of: .session, atMost: Limits.sessions).value
    }
}

private struct PortalAccessOut: JSONWritable {
    let url: String
    let token: String

    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.field("url", url)
            writer.field("token", token)
        }
    }
}
