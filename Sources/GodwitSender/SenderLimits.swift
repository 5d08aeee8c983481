import GodwitCore
package import NIOCore

/// What one sender keeps open while it has nothing to send.
package struct SenderLimits: Hashable, Sendable {
    /// Kept-alive connections to one origin that wait for work. Past it: closed after the response.
    package var idlePerTarget: Int
    /// The same over all origins. Past it: those that waited longest are closed.
    package var idleTotal: Int
    /// A connection that waited this long is closed. Many servers and load balancers close theirs after 60 s or more; a
    /// shorter time here means that we rarely write to a connection that the other side has just given up.
    package var idleTimeout: TimeAmount
    /// A connection older than this is closed after its response, however busy it is. Otherwise a receiver that moves to
    /// other addresses would be reached at the old ones as long as there is enough to send.
    package var lifetime: TimeAmount

    package init(
        idlePerTarget: Int = Limits.idleConnectionsPerTarget, idleTotal: Int = Limits.idleConnections,
        idleTimeout: TimeAmount = .seconds(55), lifetime: TimeAmount = .minutes(5)
    ) {
        self.idlePerTarget = idlePerTarget
        self.idleTotal = idleTotal
        self.idleTimeout = idleTimeout
        self.lifetime = lifetime
    }
}
