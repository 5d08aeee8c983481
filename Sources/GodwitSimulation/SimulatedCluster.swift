import GodwitCore
import GodwitStore
import Synchronization

/// Several nodes over one store, with the engine's core as in production: they die, are cut off from the store and come back, leave in
/// order and join, and never speak to each other. Planned from one seed.
package struct SimulatedCluster {
    /// Thousandths of a chance, at each misfortune.
    package struct Faults: Hashable, Sendable {
        package var death = 80
        package var cut = 120
        package var leave = 120
        package var storeFailure = 10
        package var serverError = 100
        package var change = 300

        package init() {}

        /// Nothing but changes and bad answers: then nothing may arrive twice.
        package static var noLoss: Faults {
            var faults = Faults()
            (faults.death, faults.cut) = (0, 0)
            return faults
        }
    }

    enum Event {
        case publish
        case misfortune
        case join(NodeRole)
        case answer(node: Int, life: Int, [HeldDelivery], AttemptOutcome, lease: Lease, took: Duration)
        case written(node: Int, life: Int)
        case rewrite(node: Int, life: Int, SimulatedWorld.PendingWrite)
        case wake(node: Int, life: Int)
        case round(node: Int, life: Int)
        case left(node: Int, life: Int)
    }

    let store = ModelStore(isShared: true)
    let application: Application
    var faults: Faults
    var random: SeededGenerator
    var queue = EventQueue<Event>()
    var now = Instant(millisecondsSince1970: 1_700_000_000_000)
    var nodes: [Int: SimulatedNode] = [:]
    var joined = 0
    var invariants = ClusterInvariants()
    package private(set) var trace = Trace()

    package init(seed: UInt64, nodes count: Int = 3, faults: Faults = Faults()) throws {
        random = SeededGenerator(seed: seed)
        self.faults = faults
        var identifiers = IdentifierGenerator(slot: 0)
        application = Application(
            id: identifiers.next(at: now, using: &random), organization: .standard, name: "simulated", createdAt: now,
            updatedAt: now)
        _ = try store.commit([.catalog(.insertApplication(application))], at: now)
        for policy in SimulatedPolicies.all {
            let endpoint = Endpoint(
                id: identifiers.next(at: now, using: &random), application: application.id.key, url: "https://example.com/",
                policy: policy, secrets: [], createdAt: now, updatedAt: now)
            _ = try store.commit([.catalog(.insertEndpoint(endpoint))], at: now)
        }
        now = now + .milliseconds(10)
        for number in 0..<count { try join(number == count - 1 && count > 2 ? .api : .all) }
    }

    package var duplicates: Int { invariants.duplicates }

    /// Publishes and misfortunes for `steps` events, then good weather until nothing is left to do.
    package mutating func run(steps: Int) throws {
        queue.plan(.publish, at: now)
        queue.plan(.misfortune, at: now + .seconds(1))
        for _ in 0..<steps { try step() }
        faults = .noLoss
        (faults.leave, faults.storeFailure, faults.serverError, faults.change) = (0, 0, 0, 0)
        queue.removeAll { if case .publish = $0 { true } else if case .misfortune = $0 { true } else { false } }
        if !nodes.values.contains(where: { $0.view.role.delivers }) { try join(.all) }
        for _ in 1...4 {
            if let some = nodes.keys.sorted().first {
                for endpoint in store.allEndpoints() {
                    write(some, .catalog(.changeEndpointByKey(endpoint.id.key) { $0.disabled = false }))
                    write(some, .catalog(.releaseLines(endpoint: endpoint.id.key, message: nil, limit: 10_000)))
                }
            }
            let deadline = now + .seconds(60)
            while now < deadline { try step() }
        }
        try invariants.checkSettled(store)
    }

    private mutating func step() throws {
        guard let (at, event) = queue.next() else { return }
        now = at
        switch event {
        case .publish:
            publish()
            queue.plan(.publish, at: now + .milliseconds(chance(400)))
        case .misfortune:
            try misfortune()
            queue.plan(.misfortune, at: now + .milliseconds(chance(3000)))
        case .join(let role): try join(role)
        case .answer(let number, let life, let deliveries, let outcome, let lease, let took):
            // It has arrived whether or not the node lives to hear of it.
            invariants.answered(deliveries, by: lease, outcome)
            if lives(number, life) { try feed(number, .requestFinished(deliveries, outcome, took: took)) }
        case .written(let number, let life): if lives(number, life) { try writeBatch(number) }
        case .rewrite(let number, let life, let pending): if lives(number, life) { enqueue(number, pending) }
        case .wake(let number, let life): if lives(number, life) { try feed(number, .woke) }
        case .round(let number, let life): if lives(number, life) { try round(number) }
        case .left(let number, let life): if lives(number, life) { try signOff(number) }
        }
        if let problem = invariants.problem { throw BrokenPromise(description: problem) }
    }

    func lives(_ number: Int, _ life: Int) -> Bool { nodes[number]?.life == life }

    func isAlive(_ lease: Lease) -> Bool { store.state.withLock { $0.isAlive([lease]) } }

    mutating func chance(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &random) }
    mutating func happens(_ thousandths: Int) -> Bool { chance(1000) < thousandths }
    mutating func note(_ line: String) { trace.note("\(now.millisecondsSince1970) \(line)") }
    mutating func someNode() -> Int? { nodes.keys.sorted().randomElement(using: &random) }
}

// MARK: - Nodes that come and go

extension SimulatedCluster {
    mutating func join(_ role: NodeRole) throws {
        let lease = try store.begin(role, at: now)
        let view = NodeView(own: lease, role: role, store.renew(lease, as: role, at: now) ?? [])
        joined += 1
        note("join \(joined) as \(role.rawValue)")
        nodes[joined] = SimulatedNode(
            number: joined, life: 0, view: view, seed: random.next(), at: now, after: store.greatestKey())
        try recover(joined, view)
        queue.plan(.round(node: joined, life: 0), at: now + .milliseconds(250))
    }

    mutating func recover(_ number: Int, _ view: NodeView) throws {
        try feed(number, .begun(view))
        nodes[number]?.followed = store.revision()
        for endpoint in store.allEndpoints() { try know(number, endpoint) }
        try readBacklog(number)
    }

    mutating func know(_ number: Int, _ endpoint: Endpoint) throws {
        nodes[number]?.endpoints[endpoint.id.key] = endpoint
        let profile = EndpointProfile(
            endpoint: endpoint.id.key, application: endpoint.application, host: "host \(endpoint.id.key % 2)",
            disabled: endpoint.disabled, policy: endpoint.policy, failing: endpoint.failing, updatedAt: endpoint.updatedAt)
        try feed(number, .endpointChanged(profile))
    }

    mutating func readBacklog(_ number: Int) throws {
        for (endpoint, due) in store.backlog() where nodes[number]?.view.owns(endpoint) == true {
            try feed(number, .waiting(endpoint: endpoint, due: due))
        }
    }

    mutating func misfortune() throws {
        guard let number = someNode() else { return }
        let role: NodeRole = chance(4) == 0 ? .api : .all
        if happens(faults.death), nodes.count > 1 {
            note("death of \(number)")
            nodes[number] = nil
            queue.plan(.join(role), at: now + .milliseconds(chance(20_000)))
        } else if happens(faults.cut) {
            let span = Duration.milliseconds(chance(30_000))
            note("cut of \(number) for \(span)")
            nodes[number]?.cutUntil = now + span
        } else if happens(faults.leave), nodes.count > 1 {
            note("leave of \(number)")
            try retire(number)
            queue.plan(.join(role), at: now + .milliseconds(chance(5000)))
        }
        guard happens(faults.change), let endpoint = store.allEndpoints().randomElement(using: &random) else { return }
        let key = endpoint.id.key
        switch chance(5) {
        case 0: write(number, .catalog(.changeEndpointByKey(key) { $0.disabled = true }))
        case 1, 2: write(number, .catalog(.changeEndpointByKey(key) { $0.disabled = false }))
        case 3: write(number, .catalog(.releaseLines(endpoint: key, message: nil, limit: 100)))
        default:
            guard let message = invariants.messages.suffix(20).randomElement(using: &random) else { return }
            write(
                number,
                .catalog(.cancelMessage(application: application.id.key, .id(key: message.key, text: message.description)))
            )
        }
    }

    private mutating func retire(_ number: Int) throws {
        guard let node = nodes[number] else { return }
        _ = store.renew(node.lease, as: .api, at: now)
        try feed(number, .shutdown)
        // Longer than any request takes.
        queue.plan(.left(node: number, life: node.life), at: now + .milliseconds(1000))
    }

    private mutating func signOff(_ number: Int) throws {
        guard let node = nodes[number] else { return }
        while let writing = nodes[number]?.writing, !writing.isEmpty { try writeBatch(number) }
        excuse(node.lease)
        for command: NodeCommand in [
            .giveUp(node.lease, silentFor: .zero), .takeOver(node.lease, limit: .max), .remove(node.lease),
        ] {
            _ = try store.commit([.catalog(.node(command))], at: now)
        }
        nodes[number] = nil
    }

    mutating func excuse(_ lease: Lease) {
        invariants.excuse(
            store.state.withLock { state in state.deliveries.filter { $0.value.machine.holder == lease }.map(\.key) })
    }
}
