import GodwitCore
import GodwitHTTP
import GodwitStore

/// What signs tokens, as a command beside a server finds it.
struct TokenKeys {
    let signer: TokenSigner
    /// nil when there is only the configured secret.
    let store: (any Store)?

    /// The secret of the configuration needs no store; where there is one, its signing keys count as well.
    static func open(_ reader: SettingsReader) throws -> TokenKeys {
        let address = try ServerSettings.store(reader)
        guard let secret = reader.optional(.jwtSecret) else {
            let store = try address.open(exclusive: false)
            return try TokenKeys(secret: try JWTSecret.kept(in: store), store: store)
        }
        guard try address.isMade else { return TokenKeys(signer: TokenSigner(secret: Array(secret.utf8)), store: nil) }
        return try TokenKeys(secret: secret, store: try address.open(exclusive: false))
    }

    /// For commands about what is in a store, which must not make one.
    static func openExisting(_ reader: SettingsReader) throws -> (keys: TokenKeys, store: any Store) {
        let address = try ServerSettings.store(reader)
        guard try address.isMade else {
            throw StoreError(.unavailable, "there is no store \(address): say with --store where the server keeps it")
        }
        let keys = try open(reader)
        guard let store = keys.store else { throw StoreError(.unavailable, "the store \(address) can't be used") }
        return (keys, store)
    }

    private init(signer: TokenSigner, store: (any Store)?) {
        self.signer = signer
        self.store = store
    }

    private init(secret: String, store: any Store) throws(StoreError) {
        self.init(signer: TokenSigner(secret: Array(secret.utf8), keys: try store.signingKeys()), store: store)
    }

    func close() { store?.close() }

    /// As the servers see it.
    func now() throws(StoreError) -> Instant { try store?.timeOfDay() ?? .now }

    /// Everything that ends tokens.
    func validity() throws(StoreError) -> TokenValidity {
        var validity = TokenValidity()
        guard let store else { return validity }
        let now = try store.timeOfDay()
        for numbered in try store.revocations(after: 0) { validity.add(numbered.revocation, at: now) }
        validity.set(try store.signingKeys())
        return validity
    }

    func issueTime(_ organization: OrganizationID, _ application: ApplicationID?) throws(StoreError) -> Instant {
        try validity().issueTime(organization, application: application?.key, session: nil, at: now())
    }

    /// So that it is listed. Another command may have taken the same key in the same moment.
    func write(_ token: Token) throws(StoreError) {
        guard let store else { return }
        _ = try store.commit(.token(.insertToken(token)))
    }
}

extension Store {
    /// The store's, if it has a clock: servers that share it go by that, not by this machine's.
    func timeOfDay() throws(StoreError) -> Instant { try time() ?? .now }

    /// One change that is allowed beside a server.
    func commit(_ command: CatalogCommand) throws(StoreError) -> CatalogResult {
        guard case .catalog(let result)? = try commit([.catalog(command)], at: timeOfDay()).first else {
            throw StoreError(.unusable, "the store answered a change with something else")
        }
        return try result.get()
    }
}

/// Servers look for what commands revoke: when a command returns, those that run know of it.
enum ServersNotice {
    static func wait() async throws {
        try await Task.sleep(for: .milliseconds(3 * Limits.accessPollMilliseconds))
    }
}
