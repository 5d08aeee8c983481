import GodwitCore
import GodwitStore

/// A promise that was broken, at which step, and what led to it.
package struct BrokenPromise: Error, CustomStringConvertible {
    package let description: String
}

/// One node, its store, its receivers and its bad luck, on a virtual clock. The engine's core is the same as in production;
/// everything around it is planned from one seed, so a seed that fails once fails always.
package struct SimulatedWorld {
    enum Event {
        case publish
        case misfortune
        /// The network answers a request of this life of the node.
        case answer([HeldDelivery], AttemptOutcome, took: Duration)
        /// The application's limit may have permits again.
        case permits
        case permitted(Int)
        /// The writer's transaction is done.
        case written
        /// What the store refused is offered again.
        case rewrite(PendingWrite)
        case wake
    }

    static let rateLimit = RateLimit(perSecond: 400, concurrent: 10)
    static let schedule = RetrySchedule(delays: [.milliseconds(200), .seconds(1), .seconds(5)])
    static let perEndpoint = 4

    let store: any Store = ModelStore()
    let application: Application
    var random: SeededGenerator
    var faults: FaultPlan
    var queue = EventQueue<Event>()
    var now = Instant(millisecondsSince1970: 1_700_000_000_000)
    var identifiers = IdentifierGenerator()
    var core: DeliveryEngineCore
    var lease: Lease
    var endpointsByKey: [Int64: Endpoint] = [:]
    var overflowing: Set<Int64> = []
    /// Waits for the writer, in order.
    var writing: [PendingWrite] = []
    /// The rate limit of the one application, and what the engine asked of it.
    var budget: ApplicationBudget
    var permitsWanted: Int?
    var invariants = Invariants()
    package private(set) var trace = Trace()

    struct PendingWrite {
        let command: WriteCommand
        let deliveries: [(endpoint: Int64, machine: DeliveryStateMachine)]
        let message: Message?
        /// Once it is durable, the next of its line may be claimed.
        var isOfLine = false
    }

    package init(seed: UInt64, faults: FaultPlan = FaultPlan()) throws {
        random = SeededGenerator(seed: seed)
        self.faults = faults
        let id = identifiers.next(ApplicationKind.self, at: now, using: &random)
        application = Application(
            id: id, organization: .standard, name: "simulated", rateLimit: Self.rateLimit, createdAt: now, updatedAt: now)
        budget = ApplicationBudget(Self.rateLimit, at: now)
        lease = try store.begin(at: now)
        core = Self.core(lease: lease, seed: random.next())
        _ = try store.commit([.catalog(.insertApplication(application))], at: now)
        try announceLimit()
        for policy in SimulatedPolicies.all { try createEndpoint(policy: policy) }
    }

    static func core(lease: Lease, seed: UInt64) -> DeliveryEngineCore {
        DeliveryEngineCore(
            configuration: .init(
                schedule: schedule, requestsInFlight: 12, requestsInFlightPerEndpoint: perEndpoint, requestsInFlightPerHost: 8),
            lease: lease,
            seed: seed)
    }

    /// Publishes and misfortunes for `steps` events, then good weather until nothing is left to do.
    package mutating func run(steps: Int) throws {
        queue.plan(.publish, at: now)
        queue.plan(.misfortune, at: now)
        for _ in 0..<steps { try step() }
        faults = FaultPlan(allClear: ())
        queue.removeAll { if case .publish = $0 { true } else if case .misfortune = $0 { true } else { false } }
        for key in endpointsByKey.keys.sorted() { setDisabled(key, false) }
        // What bad weather left on the wire may still become a dead letter that holds up its line.
        for _ in 1...3 {
            releaseAllLines()
            let deadline = now + .seconds(3600)
            while now < deadline, !queue.isEmpty { try step() }
        }
        try invariants.checkSettled(store)
    }

    private mutating func step() throws {
        guard let (at, event) = queue.next() else { return }
        now = at
        switch event {
        case .publish:
            publish()
            queue.plan(.publish, at: now + .milliseconds(chance(40)))
        case .misfortune:
            try misfortune()
            queue.plan(.misfortune, at: now + .milliseconds(chance(100)))
        case .answer(let deliveries, let outcome, let took):
            invariants.answered(deliveries, outcome, at: now)
            note("answer \(deliveries.map(\.key)) \(outcome)")
            try perform(core.step(.requestFinished(deliveries, outcome, took: took), at: now))
        case .permits: grantPermits()
        case .permitted(let permits): try perform(core.step(.permitted(application: application.id.key, permits), at: now))
        case .written: try writeBatch()
        case .rewrite(let pending): enqueue(pending)
        case .wake: try perform(core.step(.woke, at: now))
        }
        try invariants.check(store, at: now)
    }

    mutating func chance(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &random) }

    mutating func happens(_ thousandths: Int) -> Bool { chance(1000) < thousandths }

    mutating func note(_ line: String) { trace.note("\(now.millisecondsSince1970) \(line)") }
}

extension FaultPlan {
    /// Nothing goes wrong.
    init(allClear: Void) {
        self.init()
        (serverError, transportFailure, gone, slowDown, stop, partialAcceptance) = (0, 0, 0, 0, 0, 0)
        (storeFailure, crash, endpointChange) = (0, 0, 0)
    }
}
