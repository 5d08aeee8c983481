import GodwitCore
import GodwitEngine
import GodwitStore

/// The secret that signs bearer tokens: the setting, or else one that was made once and is kept in the store, so that
/// `godwit serve` and `godwit token` need no configuration to agree.
enum JWTSecret {
    static let settingName = "jwt-secret"

    /// 256 bits.
    static func make() -> String {
        var system = SystemRandomNumberGenerator()
        return (0..<4).map { _ in String(system.next(), radix: 36) }.joined()
    }

    static func kept(in store: some Store) throws(StoreError) -> String {
        if let secret = try store.setting(named: settingName) { return secret }
        let command = CatalogCommand.setSettingOnce(name: settingName, value: make())
        // Whoever comes first decides: both then use what stands.
        guard case .catalog(let result)? = try store.commit([.catalog(command)], at: .now).first,
            case .setting(let standing) = try result.get()
        else { throw StoreError(.unusable, "the store did not keep the token secret") }
        return standing
    }
}

extension Instant {
    static var now: Instant { WallClock.system.now }
}
