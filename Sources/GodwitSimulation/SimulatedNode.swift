import GodwitCore
import GodwitStore

/// One life of one node of a cluster: what would be lost with it.
struct SimulatedNode {
    let number: Int
    /// Tells what is planned for a former life.
    let life: Int
    var lease: Lease
    var view: NodeView
    var core: DeliveryEngineCore
    var identifiers: IdentifierGenerator
    var watch: NodeWatch
    var renewedAt: Instant
    var trust = LeaseTrust.full
    var endpoints: [Int64: Endpoint] = [:]
    var overflowing: Set<Int64> = []
    /// Waits for the writer, in order.
    var writing: [SimulatedWorld.PendingWrite] = []
    var followed: Int64 = 0
    var isReading = false
    var takingOver: Set<Lease> = []
    /// Until then it reaches its store not at all.
    var cutUntil: Instant = .distantPast
    /// What it knows to be done and has not written yet.
    var decided: Set<DeliveryKey> = []

    init(number: Int, life: Int, view: NodeView, seed: UInt64, at now: Instant, after lastKey: Int64) {
        self.number = number
        self.life = life
        lease = view.own
        self.view = view
        core = SimulatedWorld.core(lease: view.own, seed: seed)
        identifiers = IdentifierGenerator(after: lastKey, slot: view.own.slot)
        watch = NodeWatch(begunAt: now)
        renewedAt = now
    }
}

/// What must hold over all nodes.
struct ClusterInvariants {
    private struct Line: Hashable {
        let endpoint: Int64
        let line: Int64
    }

    private struct Place {
        let key: DeliveryKey
        let sequence: Int64
    }

    private var accepted: [DeliveryKey: Message] = [:]
    private var lastSequence: [Int64: Int64] = [:]
    private var standing: [Line: [Place]] = [:]
    private var onWire: [Line: [Lease: Int]] = [:]
    private var sentAt: [Int64: [Instant]] = [:]
    private var successes: [DeliveryKey: Int] = [:]
    /// How often a delivery may succeed: once, and once more for each node that was lost while it held it, or resend.
    private var excuses: [DeliveryKey: Int] = [:]
    private var cancelled: Set<Int64> = []
    private(set) var messages: [MessageID] = []
    package private(set) var duplicates = 0
    var problem: String?

    mutating func accepted(_ deliveries: [HeldDelivery]) {
        if let message = deliveries.first?.message { messages.append(message.id) }
        for delivery in deliveries {
            if accepted.updateValue(delivery.message, forKey: delivery.key) != nil { problem = "\(delivery.key) is used twice" }
            let expected = (lastSequence[delivery.endpoint] ?? 0) + 1
            if delivery.sequence != expected {
                problem = "endpoint \(delivery.endpoint) got \(delivery.sequence) for \(expected)"
            }
            lastSequence[delivery.endpoint] = delivery.sequence
            guard let line = delivery.machine.line else { continue }
            standing[Line(endpoint: delivery.endpoint, line: line), default: []].append(
                Place(key: delivery.key, sequence: delivery.sequence))
        }
    }

    mutating func cancelled(_ message: Int64) { cancelled.insert(message) }

    mutating func excuse(_ keys: [DeliveryKey]) { for key in keys { excuses[key, default: 0] += 1 } }

    /// - Parameter isAlive: whether others take the sender for alive.
    mutating func sent(
        _ deliveries: [HeldDelivery], by node: SimulatedNode, isAlive: (Lease) -> Bool, _ store: ModelStore, at now: Instant
    ) {
        guard let endpoint = deliveries.first?.endpoint, isAlive(node.lease) else { return }
        if node.view.role == .api { problem = "a node that delivers nothing has sent \(deliveries[0].key)" }
        let own = Set(deliveries.map(\.key))
        for delivery in deliveries {
            guard let number = delivery.machine.line else { continue }
            let line = Line(endpoint: endpoint, line: number)
            standing[line]?.removeAll { store.delivery($0.key)?.line == nil }
            for place in standing[line] ?? []
            where place.sequence < delivery.sequence && !own.contains(place.key) && !node.decided.contains(place.key) {
                problem = "node \(node.number) sent \(delivery.key) while \(place.key) stood before it in its line"
            }
        }
        for number in Set(deliveries.compactMap(\.machine.line)) {
            let line = Line(endpoint: endpoint, line: number)
            onWire[line, default: [:]][node.lease, default: 0] += 1
            let requests = onWire[line, default: [:]].filter { isAlive($0.key) }.values.reduce(0, +)
            if requests > 1 { problem = "line \(number) of endpoint \(endpoint) has two requests on the wire" }
        }
        guard let limit = node.endpoints[endpoint]?.policy.rateLimit.perSecond else { return }
        sentAt[endpoint] = (sentAt[endpoint] ?? []).filter { now - $0 < .seconds(1) } + [now]
        // A second's worth, and what a full bucket holds.
        if sentAt[endpoint, default: []].count > limit + limit / 10 + 1 {
            problem = "endpoint \(endpoint) got \(sentAt[endpoint, default: []].count) requests in a second"
        }
    }

    mutating func answered(_ deliveries: [HeldDelivery], by lease: Lease, _ outcome: AttemptOutcome) {
        guard let endpoint = deliveries.first?.endpoint else { return }
        for number in Set(deliveries.compactMap(\.machine.line)) {
            onWire[Line(endpoint: endpoint, line: number)]?[lease, default: 0] -= 1
        }
        guard case .responded(let response) = outcome, (200..<300).contains(response.status) else { return }
        for delivery in deliveries {
            successes[delivery.key, default: 0] += 1
            let number = successes[delivery.key, default: 0]
            if number > 1 { duplicates += 1 }
            if number > 1 + excuses[delivery.key, default: 0] { problem = "\(delivery.key) succeeded \(number) times" }
        }
    }

    /// When nothing goes wrong any more, everything that was accepted comes to an end.
    func checkSettled(_ store: ModelStore) throws {
        for (key, message) in accepted.sorted(by: { $0.key < $1.key }) {
            guard let machine = store.delivery(key) else { throw BrokenPromise(description: "\(key) is lost") }
            switch machine.state {
            case .delivered where successes[key] == nil:
                throw BrokenPromise(description: "\(key) is delivered without a success")
            case .delivered, .exhausted: break
            case .cancelled:
                guard cancelled.contains(key.message) || message.timing.doNotDeliverAfter != nil else {
                    throw BrokenPromise(description: "\(key) was cancelled though nothing asked for it")
                }
            case .waiting, .inFlight: throw BrokenPromise(description: "\(key) never came to an end: \(machine)")
            }
        }
    }
}
