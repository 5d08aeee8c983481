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
        case answer(HeldDelivery, AttemptOutcome)
        /// The writer's transaction is done.
        case written
        /// What the store refused is offered again.
        case rewrite(PendingWrite)
        case wake
    }

    private static let endpoints = 5
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
    var invariants = Invariants()
    package private(set) var trace = Trace()

    struct PendingWrite {
        let command: WriteCommand
        let deliveries: [(endpoint: Int64, machine: DeliveryStateMachine)]
        let message: Message?
    }

    package init(seed: UInt64, faults: FaultPlan = FaultPlan()) throws {
        random = SeededGenerator(seed: seed)
        self.faults = faults
        let id = identifiers.next(ApplicationKind.self, at: now, using: &random)
        application = Application(id: id, organization: .standard, name: "simulated", createdAt: now, updatedAt: now)
        lease = try store.begin(at: now)
        core = Self.core(lease: lease, seed: random.next())
        _ = try store.commit([.catalog(.insertApplication(application))], at: now)
        for _ in 0..<Self.endpoints { try createEndpoint() }
    }

    static func core(lease: Lease, seed: UInt64) -> DeliveryEngineCore {
        DeliveryEngineCore(
            configuration: .init(schedule: schedule, requestsInFlight: 12, requestsInFlightPerEndpoint: perEndpoint),
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
        let deadline = now + .seconds(3600)
        while now < deadline, !queue.isEmpty { try step() }
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
        case .answer(let delivery, let outcome):
            invariants.answered(delivery, outcome)
            note("answer \(delivery.key) \(outcome)")
            perform(core.step(.attemptFinished(delivery, outcome), at: now))
        case .written: try writeBatch()
        case .rewrite(let pending): enqueue(pending)
        case .wake: perform(core.step(.woke, at: now))
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
        (serverError, transportFailure, gone, storeFailure, crash, endpointChange) = (0, 0, 0, 0, 0, 0)
    }
}

// MARK: - The engine's hands

extension SimulatedWorld {
    mutating func perform(_ effects: [Effect]) {
        for effect in effects {
            switch effect {
            case .send(let delivery): send(delivery)
            case .record(let transition, let delivery, let outcome, let succeeded):
                write(.move(transition, record(transition, delivery, outcome, succeeded: succeeded)))
            case .giveUp(let transitions): for transition in transitions { write(.move(transition, nil)) }
            case .claim(let endpoint, let limit): write(.claim(Claim(endpoint: endpoint, limit: limit, lease: lease)))
            case .cancelWaiting(let endpoint): write(.catalog(.cancelWaiting(endpoint: endpoint, limit: 100)))
            case .overflow(let endpoint, let isOverflowing):
                if isOverflowing { overflowing.insert(endpoint) } else { overflowing.remove(endpoint) }
            case .disable(let endpoint): write(.catalog(.changeEndpointByKey(endpoint) { $0.disabled = true }))
            case .wake(let due):
                queue.removeAll { if case .wake = $0 { true } else { false } }
                queue.plan(.wake, at: max(due, now))
            case .drained: break
            }
        }
    }

    private mutating func send(_ delivery: HeldDelivery) {
        note("send \(delivery.key) #\(delivery.attemptNumber)")
        invariants.sent(delivery)
        let outcome: AttemptOutcome
        if happens(faults.transportFailure) {
            outcome = .failed(TransportFailure(.connectionClosed, "simulated"))
        } else {
            let status: UInt16 = happens(faults.gone) ? 410 : happens(faults.serverError) ? 500 : 204
            outcome = .responded(ReceiverResponse(status: status))
        }
        queue.plan(.answer(delivery, outcome), at: now + .milliseconds(1 + chance(300)))
    }

    private mutating func record(
        _ transition: Transition, _ delivery: HeldDelivery, _ outcome: AttemptOutcome, succeeded: Bool
    ) -> AttemptRecord {
        AttemptRecord(
            id: identifiers.next(AttemptKind.self, at: now, using: &random), delivery: transition.delivery,
            application: application.id.key, number: transition.machine.attempts, trigger: .scheduled, startedAt: now,
            timings: AttemptTimings(), outcome: outcome, succeeded: succeeded, nextAttempt: nil, url: "simulated")
    }

    mutating func write(_ command: WriteCommand) {
        enqueue(PendingWrite(command: command, deliveries: [], message: nil))
    }

    mutating func enqueue(_ pending: PendingWrite) {
        if writing.isEmpty { queue.plan(.written, at: now + .milliseconds(1 + chance(20))) }
        writing.append(pending)
    }
}
