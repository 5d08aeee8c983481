import ArgumentParser
import GodwitCore
import GodwitHTTP
import GodwitStore

struct TokenRevokeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke", abstract: "End tokens, by identifier, by their text, or all that were made so far.",
        discussion: """
            A server that runs refuses them by the time this returns, and so does every server that is started on this store later. \
            Requests under way are answered.
            """)

    @OptionGroup var store: StoreFlags
    @OptionGroup var organization: OrganizationFlag
    @Argument(help: "Identifiers (tok_…) as `godwit token list` shows them, or whole tokens.") var tokens: [String] = []
    @Flag(help: "All tokens of the organization that were made so far, or those of one application with --app.") var all = false
    @Option(help: "With --all: only those of this application, by identifier (app_…) or uid.") var app: String?
    @Option(help: "They go on for so long: a span like 30m, 12h; at most 3d.") var after: String = "0s"

    func validate() throws {
        guard tokens.isEmpty == all else { throw ValidationError("say which tokens: identifiers, tokens, or --all") }
        guard app == nil || all else { throw ValidationError("--app goes with --all") }
        guard let delay = Duration(parsing: after), delay <= .seconds(Limits.tokenExpirySeconds.upperBound) else {
            throw ValidationError("'\(after)' is not a span from 0s to 3d")
        }
    }

    func run() async throws {
        let organization = try organization.value
        try await Failure.explaining {
            let (keys, store) = try TokenKeys.openExisting(try await store.reader())
            defer { keys.close() }
            let now = try keys.now()
            let end = now + (Duration(parsing: after) ?? .zero)
            var revocations: [Revocation] = []
            for token in tokens { revocations.append(try await revocation(of: token, organization, keys, store, at: end)) }
            if all {
                let application = try app.map { try store.namedApplication(organization, $0).id.key }
                revocations.append(
                    Revocation(
                        organization: organization, subject: .issued(upTo: now, RevocationScope(application: application)),
                        effectiveAt: end, keptUntil: .distantFuture))
            }
            _ = try store.commit(.token(.revoke(revocations)))
            try await ServersNotice.wait()
        }
        print(all ? "revoked all" : "revoked \(tokens.count)")
    }

    private func revocation(
        of text: String, _ organization: OrganizationID, _ keys: TokenKeys, _ store: some Store, at end: Instant
    ) async throws -> Revocation {
        if TokenFingerprint.isValid(text) || TokenID(text) != nil {
            let known = try TokenID(text).flatMap { try store.token(organization, $0) }
            return Revocation(
                organization: organization, subject: .token(text), effectiveAt: end,
                keptUntil: known?.expiresAt ?? .distantFuture)
        }
        do {
            return Revocation(try await keys.signer.identity(of: text, at: keys.now()), at: end)
        } catch {
            throw StoreError(
                .notFound, "'\(text.prefix(20))' is neither a token's identifier nor a token of this server that is good")
        }
    }
}
