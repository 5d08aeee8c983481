import GodwitCore

/// One process of the fleet: an engine's core, its lease, and what its shell keeps in memory.
struct FleetNode {
    let region: Int
    var lease: Lease
    var core: DeliveryEngineCore
    var isAlive = true
    /// When it last said that it lives.
    var renewedAt: Instant
    /// Endpoints that the core has been told of. A real node tells it of all at its start.
    var announced: Set<Int64> = []
    var overflowing: Set<Int64> = []
    /// Only the latest wish to be woken counts.
    var wake = 0

    init(region: Int, lease: Lease, seed: UInt64, at now: Instant) {
        self.region = region
        self.lease = lease
        renewedAt = now
        core = DeliveryEngineCore(configuration: EngineConfiguration(), lease: lease, seed: seed)
    }
}
