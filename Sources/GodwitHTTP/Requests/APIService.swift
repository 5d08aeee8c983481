import GodwitCore
import GodwitEngine
import Logging

/// What every operation may use.
struct APIService: Sendable {
    let engine: DeliveryEngine
    let tokens: TokenVerifier
    let policy: TargetPolicy
    /// How long a payload is kept when its publisher doesn't say.
    let payloadRetention: Duration
    let logger: Logger
}
