package import GodwitCore
package import NIOSSL

/// What an operator may decide about delivery.
package struct EngineSettings: Sendable {
    package var core: EngineConfiguration
    /// What this node does, among those that share the store.
    package var role: NodeRole
    package var timeouts: AttemptTimeouts
    package var policy: TargetPolicy
    /// The outgoing proxy; nil for none.
    package var proxy: ProxyConfiguration?
    /// Further certificate authorities that receivers' certificates may come from.
    package var extraTrustRoots: [NIOSSLCertificate]
    /// Send `svix-id`, `svix-timestamp` and `svix-signature` beside the `webhook-` names.
    package var svixHeaders: Bool
    package var userAgent: String
    /// For how long messages are kept; nil: for ever.
    package var retentionDays: Int?
    /// Bytes that the store may take before the oldest messages are forgotten; nil: as many as there are.
    package var storageLimit: Int64?

    package init(
        core: EngineConfiguration = .init(), role: NodeRole = .all, timeouts: AttemptTimeouts = .init(), policy: TargetPolicy,
        proxy: ProxyConfiguration? = nil, extraTrustRoots: [NIOSSLCertificate] = [], svixHeaders: Bool = false,
        userAgent: String, retentionDays: Int? = nil, storageLimit: Int64? = nil
    ) {
        self.core = core
        self.role = role
        self.timeouts = timeouts
        self.policy = policy
        self.proxy = proxy
        self.extraTrustRoots = extraTrustRoots
        self.svixHeaders = svixHeaders
        self.userAgent = userAgent
        self.retentionDays = retentionDays
        self.storageLimit = storageLimit
    }
}
