import GodwitCore
import GodwitEngine
import Logging

/// What every operation may use.
struct APIService: Sendable {
    let engine: DeliveryEngine
    let tokens: TokenVerifier
    /// nil: callers may ask as often as they like.
    let rates: CallerRates?
    /// Where people reach this server's pages: scheme, host and perhaps a path. nil for where the request came to.
    let publicURL: String?
    let policy: TargetPolicy
    /// How long a payload is kept when its publisher doesn't say.
    let payloadRetention: Duration
    let logger: Logger

    /// - Throws: 429 when the caller asks too often.
    func admit(_ caller: Caller) throws(Problem) { try rates?.admit(caller) }
}
