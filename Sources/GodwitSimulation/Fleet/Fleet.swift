import GodwitCore

/// Many nodes over one database, on a virtual clock: every node runs the engine's core as in production; the database, the
/// network and the receivers are planned from one seed. It asks what the promises' simulator doesn't: how much, how late, how long.
package struct Fleet {
    enum Event {
        case publish
        /// The transaction of a publish is done at that node.
        case accepted(node: Int, lease: Lease, Message, endpoint: Int64, DeliveryStateMachine)
        case answer(node: Int, [HeldDelivery], AttemptOutcome, took: Duration)
        case written(node: Int, Transition)
        case claimed(node: Int, lease: Lease, endpoint: Int64, limit: Int)
        case woke(node: Int, lease: Lease, wake: Int)
        case heard(node: Int, endpoint: Int64, EndpointNews)
        case renew(node: Int, lease: Lease)
        case takeOver(node: Int, lease: Lease, dead: Lease)
        case loseRegion
        case regionReturns
    }

    let plan: FleetPlan
    var random: SeededGenerator
    var identifiers = IdentifierGenerator()
    var queue = EventQueue<Event>()
    var store = FleetStore()
    var nodes: [FleetNode] = []
    /// Leases of nodes that stand in the store's table, with when they were renewed.
    var table: [Lease: Instant] = [:]
    /// Dead nodes that somebody is taking over.
    var beingTakenOver: Set<Lease> = []
    var now = Self.epoch
    /// By message: where and when it was accepted, until it is delivered.
    var underWay: [Int64: (at: Instant, phase: FleetReport.Phase)] = [:]
    package internal(set) var report = FleetReport()

    static let epoch = Instant(millisecondsSince1970: 1_700_000_000_000)

    /// - Precondition: the plan has no objection.
    package init(_ plan: FleetPlan) {
        self.plan = plan
        random = SeededGenerator(seed: plan.seed)
        for index in 0..<plan.nodes {
            let lease = store.newLease()
            nodes.append(FleetNode(region: index % plan.regions, lease: lease, seed: random.next(), at: now))
            joined(index)
        }
        queue.plan(.publish, at: now)
        if let at = plan.regionLostAt { queue.plan(.loseRegion, at: now + at) }
        if let at = plan.regionBackAt, plan.regionLostAt != nil { queue.plan(.regionReturns, at: now + at) }
    }

    /// To the end of what can be delivered: what only hangs is not waited for.
    package mutating func run() {
        let end = now + plan.publishing
        while let (at, event) = queue.next() {
            now = at
            if case .publish = event {
                if at < end { publishNext() }
                continue
            }
            if at >= end, underWay.isEmpty { return }
            happen(event)
        }
    }

    private mutating func happen(_ event: Event) {
        switch event {
        case .publish: break
        case .accepted(let node, let lease, let message, let endpoint, let machine):
            accepted(node, lease, message, endpoint, machine)
        case .answer(let node, let deliveries, let outcome, let took): answered(node, deliveries, outcome, took)
        case .written(let node, let transition): written(node, transition)
        case .claimed(let node, let lease, let endpoint, let limit): claimed(node, lease, endpoint, limit)
        case .heard(let node, let endpoint, let news): step(node, .heard(endpoint: endpoint, news))
        case .woke(let node, let lease, let wake):
            if isAlive(node, lease), nodes[node].wake == wake { step(node, .woke) }
        case .renew(let node, let lease): renew(node, lease)
        case .takeOver(let node, let lease, let dead): takeOver(node, lease, dead)
        case .loseRegion:
            for index in nodes.indices where nodes[index].region == 0 { nodes[index].isAlive = false }
        case .regionReturns:
            for index in nodes.indices where nodes[index].region == 0 {
                nodes[index] = FleetNode(region: 0, lease: store.newLease(), seed: random.next(), at: now)
                joined(index)
            }
        }
    }

    /// That life of the node goes on.
    func isAlive(_ node: Int, _ lease: Lease) -> Bool { nodes[node].isAlive && nodes[node].lease == lease }

    mutating func chance(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &random) }

    func isHanging(_ endpoint: Int64) -> Bool { endpoint % Int64(plan.hangingEndpoints) == 0 }
}
