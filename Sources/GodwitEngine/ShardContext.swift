import GodwitCore
import GodwitSender
import GodwitStore
import Logging

/// What all shards of a process share.
struct ShardContext: Sendable {
    let settings: EngineSettings
    let clock: WallClock
    let identifiers: IdentifierSource
    let committer: Committer
    let resolver: NameResolver
    let tls: TLSClientContext
    let limits: ApplicationLimits
    let node: NodeLease
    let logger: Logger
    let hooks: ShardHooks
}

/// What shards ask the engine for.
struct ShardHooks: Sendable {
    /// Tidies up after an endpoint that was deleted.
    let cancelWaiting: @Sendable (Int64) -> Void
    /// Disables an endpoint whose receiver at this URL is gone, or does nothing but fail.
    let disable: @Sendable (Int64, String, Disablement.Reason, FailingSpan?) -> Void
    /// Keeps since when an endpoint does nothing but fail.
    let noteFailing: @Sendable (Int64, FailingSpan?) -> Void
    /// Tells other nodes what was learnt of an endpoint.
    let spread: @Sendable (EndpointNews, Int64) -> Void
    /// Tells the organization that the endpoint will be disabled at that time.
    let announce: @Sendable (Int64, FailingSpan, Instant) -> Void
    /// Tells the organization by operational webhook.
    let tell: @Sendable (OperationalEvent) -> Void
    /// Tells the node whose the endpoint is that something of it waits.
    let passOn: @Sendable (Wake) -> Void
}
