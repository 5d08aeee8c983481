import GodwitCore

/// A deployment to be simulated, and what befalls it. Times are virtual.
package struct FleetPlan: Hashable, Sendable {
    package var regions = 4
    package var nodes = 100
    package var endpoints = 1_000_000
    /// Over all nodes; each is delivered to one endpoint.
    package var eventsPerSecond = 10_000
    /// How long events are published; then everything that waits is worked off.
    package var publishing = Duration.seconds(60)
    /// When all nodes of the first region die at once; nil for never.
    package var regionLostAt: Duration? = .seconds(20)
    /// When they begin anew; nil for never.
    package var regionBackAt: Duration? = .seconds(45)
    package var seed: UInt64 = 1

    /// A node says so often that it lives.
    package var renewal = Duration.seconds(2)
    /// Whoever hasn't said so for this long is dead to the others.
    package var leaseTime = Duration.seconds(10)
    /// Deliveries taken over in one transaction.
    package var takenOver = 1000
    /// A group commit, from and to, evenly.
    package var commitMilliseconds = 3...15
    /// Of the endpoints: one in so many does nothing but time out, after `timeout`.
    package var hangingEndpoints = 500
    /// Of the requests to the others, in thousandths: a 500.
    package var failures = 10
    package var timeout = Duration.seconds(15)

    package init() {}

    /// - Returns: what is wrong with it; nil when it can be simulated.
    package var objection: String? {
        if !(1...1000).contains(nodes) { return "nodes: 1 to 1000" }
        if !(1...nodes).contains(regions) { return "regions: 1 to the number of nodes" }
        if !(1...10_000_000).contains(endpoints) { return "endpoints: 1 to 10000000" }
        if !(1...1_000_000).contains(eventsPerSecond) { return "events per second: 1 to 1000000" }
        if publishing < .seconds(1) || publishing > .seconds(600) { return "published for 1s to 10m" }
        if regions == 1, regionLostAt != nil, regionBackAt == nil { return "the only region is lost and never comes back" }
        return nil
    }
}
