import ArgumentParser
import GodwitCore
import GodwitHTTP
import GodwitStore

struct TokenRotateKeyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate-key", abstract: "Sign tokens with a new key from now on, and retire the former ones.",
        discussion: """
            Tokens of a former key are good until it retires; with --retire-after 0s all tokens of all organizations end at once. The new \
            key is kept in the store. Once the key of the configuration (GODWIT_JWT_SECRET) has retired, nobody can make tokens with it \
            any more.
            """)

    @OptionGroup var store: StoreFlags
    @Option(help: "How long tokens of former keys go on: a span like 0s, 12h, 30d.") var retireAfter: String = "30d"

    func validate() throws {
        guard Duration(parsing: retireAfter) != nil else {
            throw ValidationError("'\(retireAfter)' is not a span from 0s to 365d: write a number and a unit, like 12h or 7d")
        }
    }

    func run() async throws {
        let (key, retiring, now) = try await Failure.explaining {
            let (keys, store) = try TokenKeys.openExisting(try await store.reader())
            defer { keys.close() }
            let now = try keys.now()
            let retiringAt = now + (Duration(parsing: retireAfter) ?? .zero)
            let key = SigningKey(id: "key_" + JWTSecret.make().prefix(12), secret: JWTSecret.make(), createdAt: now)
            let configured = SigningKey(id: keys.signer.configuredKey, secret: nil, createdAt: now)
            let command = GodwitStore.TokenCommand.rotateSigningKey(key, configured: configured, retiringAt: retiringAt)
            guard case .token(.signingKeys(let all)) = try store.commit(.token(command)) else {
                throw StoreError(.unusable, "the store answered a change with something else")
            }
            try await ServersNotice.wait()
            return (key, all.filter { $0.id != key.id }, now)
        }
        print("\(key.id)  signs from now on")
        for former in retiring {
            guard let end = former.retiresAt else { continue }
            print("\(former.id)  \(end <= now ? "retired" : "retires") \(RFC3339.format(end))")
        }
    }
}
