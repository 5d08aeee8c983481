import GodwitCore
import GodwitEngine
import GodwitStore
import HTTPTypes

/// The organization's tokens: those that were written down can be listed, and every one can be revoked.
struct TokenRoutes {
    private static let path = "/auth/token"
    private static let one = path + "/{token_id}"

    var routes: [Route] {
        [
            Route(.get, Self.path, .organization, list),
            // Its answer is a secret, which isn't stored.
            Route(.post, Self.path, .organization, remembers: false, create),
            Route(.post, Self.path + "/expire-all", .organization, expireAll),
            Route(.get, Self.one, .organization, get),
            Route(.post, Self.one + "/revoke", .organization, revoke),
        ]
    }

    private func list(_ request: APIRequest) async throws -> Answer {
        let (page, reference) = try request.readQuery { query in
            (query.page(order: PageRequest<Int64>.Order.descending) { TokenID($0)?.key }, query.text("app_id"))
        }
        let organization = request.organization
        let application = try reference.map {
            try request.engine.catalogue.application(for: request.caller, $0).application.id.key
        }
        let found = try await request.engine.read { store throws(StoreError) in
            try store.tokens(organization, application: application, page)
        }
        return Answer(
            .ok,
            ListAnswer(found, iterator: \.id.description) { token in
                token.expiresAt > request.now ? TokenOut(token, end: request.engine.access.end(of: token.identity)) : nil
            }
        )
    }

    private func create(_ request: APIRequest) async throws -> Answer {
        let input = try request.readBody(TokenIn.init)
        let application = try input.application.map { reference throws(Problem) in
            guard let found = request.engine.catalogue.application(request.organization, reference) else {
                throw Problem(["body", "appId"], "there is no such application")
            }
            return found.application.id
        }
        let made = try await request.issueToken(for: application) { draft in
            Token(
                id: draft.id, organization: draft.organization, application: draft.application, name: input.name,
                readOnly: input.readOnly, capabilities: input.capabilities, featureFlags: input.featureFlags,
                signingKey: draft.signingKey, createdAt: draft.createdAt,
                expiresAt: (draft.createdAt + input.lifetime).wholeSecond)
        }
        return Answer(.created, TokenOut(made.token, end: made.token.expiresAt, text: made.text))
    }

    private func get(_ request: APIRequest) async throws -> Answer {
        guard let token = try await find(request) else { throw Problem.notFound }
        return Answer(.ok, TokenOut(token, end: request.engine.access.end(of: token.identity)))
    }

    /// Also a token that nobody wrote down: whoever has it knows its name. Of another organization's nothing is said and nothing done.
    private func revoke(_ request: APIRequest) async throws -> Answer {
        let name = request.parameter("token_id")
        guard TokenID(name) != nil || TokenFingerprint.isValid(name) else { throw Problem.notFound }
        let delay = try request.readOptionalBody { $0.optional("expiry", .int(in: Limits.tokenExpirySeconds)) ?? 0 }
        let known = try await find(request)
        try await request.revoke([
            Revocation(
                organization: request.organization, subject: .token(name), effectiveAt: request.now + .seconds(delay),
                keptUntil: known?.expiresAt ?? .distantFuture)
        ])
        return .noContent
    }

    private func expireAll(_ request: APIRequest) async throws -> Answer {
        let input = try request.readOptionalBody { reader in
            (
                before: reader.optional("before", .instant),
                delay: Duration.seconds(reader.optional("expiry", .int(in: Limits.tokenExpirySeconds)) ?? 0)
            )
        }
        if let before = input.before, before > request.now {
            throw Problem(["body", "before"], "expected a time that has passed")
        }
        // Those that were issued before a moment; by default all that there are.
        let upTo = input.before.map { $0 + .milliseconds(-1) } ?? request.now
        try await request.revoke([RevocationScope()], issuedUpTo: upTo, after: input.delay)
        return .noContent
    }

    private func find(_ request: APIRequest) async throws -> Token? {
        guard let id = TokenID(request.parameter("token_id")) else { return nil }
        let organization = request.organization
        return try await request.engine.read { store throws(StoreError) in try store.token(organization, id) }
    }
}

private struct TokenIn: Sendable {
    let name: String
    let application: String?
    let readOnly: Bool
    let capabilities: [Capability]?
    let featureFlags: [String]
    let lifetime: Duration

    init(_ reader: inout JSONReader) {
        name = reader.optional("name", .text(atMost: Limits.displayNameBytes)) ?? ""
        application = reader.optional("appId", .string)
        readOnly = reader.optional("readOnly", .bool) ?? false
        capabilities = reader.capabilities()
        featureFlags = reader.featureFlags()
        lifetime = .seconds(reader.optional("expiry", .int(in: Limits.tokenSeconds)) ?? 365 * 86_400)
        if application == nil {
            if capabilities != nil { reader.fail("capabilities", "only a token with an appId has capabilities") }
            if !featureFlags.isEmpty { reader.fail("featureFlags", "only a token with an appId has feature flags") }
        }
    }
}

private struct TokenOut: JSONWritable {
    let token: Token
    /// When it really ends.
    let end: Instant
    /// Only when it was just made.
    let text: String?

    init(_ token: Token, end: Instant, text: String? = nil) {
        self.token = token
        self.end = end
        self.text = text
    }

    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.field("id", token.id)
            writer.field("name", token.name)
            writer.field("purpose", token.purpose.rawValue)
            writer.field("appId", token.application)
            writer.field("readOnly", token.readOnly)
            writer.field("capabilities", token.application == nil ? nil : shownCapabilities)
            writer.field("featureFlags", token.featureFlags)
            writer.field("sessionId", token.session)
            writer.field("keyId", token.signingKey)
            writer.field("createdAt", token.createdAt)
            writer.field("expiresAt", token.expiresAt)
            writer.field("revokedAt", end < token.expiresAt ? end : nil)
            writer.field("token", ifPresent: text)
        }
    }

    private var shownCapabilities: [String] { (token.capabilities ?? Capability.allCases).map(\.rawValue) }
}
