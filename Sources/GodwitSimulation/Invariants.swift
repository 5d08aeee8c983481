import GodwitCore
import GodwitStore

/// What must hold whatever happens. Safety is looked at after each step, liveness at the end.
struct Invariants {
    private struct Accepted {
        let message: Message
        let sequence: Int64
        var succeeded = false
    }

    private var accepted: [DeliveryKey: Accepted] = [:]
    private var messages: [MessageID] = []
    private var lastSequence: [Int64: Int64] = [:]
    private var onWire: [Int64: Int] = [:]
    private var pausedUntil: [Int64: Instant] = [:]
    private var deletedEndpoints: Set<Int64> = []
    private var cancelledMessages: Set<Int64> = []
    private var withdrawnMessages: Set<Int64> = []
    var lines = LineInvariants()
    private var problem: String?
    /// Deliveries whose stored state is compared after each step: the ones that moved last.
    private var touched: [DeliveryKey] = []

    mutating func accepted(_ deliveries: [HeldDelivery]) {
        if let message = deliveries.first?.message { messages.append(message.id) }
        for delivery in deliveries {
            accepted[delivery.key] = Accepted(message: delivery.message, sequence: delivery.sequence)
            touched.append(delivery.key)
            lines.accepted(delivery)
            let expected = (lastSequence[delivery.endpoint] ?? 0) + 1
            if delivery.sequence != expected {
                problem = "endpoint \(delivery.endpoint) got sequence \(delivery.sequence) after \(expected - 1)"
            }
            lastSequence[delivery.endpoint] = delivery.sequence
        }
    }

    /// One of the last, for something to happen to it.
    func someMessage(using random: inout SeededGenerator) -> MessageID? { messages.suffix(20).randomElement(using: &random) }

    mutating func sent(_ deliveries: [HeldDelivery], _ store: any Store, at now: Instant) throws {
        guard let endpoint = deliveries.first?.endpoint else { return }
        onWire[endpoint, default: 0] += 1
        if onWire[endpoint, default: 0] > SimulatedWorld.perEndpoint {
            problem = "endpoint \(endpoint) has \(onWire[endpoint, default: 0]) requests on the wire"
        }
        if let limit = SimulatedWorld.rateLimit.concurrent, onWire.values.reduce(0, +) > limit {
            problem = "the application has more than \(limit) requests on the wire"
        }
        if let until = pausedUntil[endpoint], now < until {
            problem = "endpoint \(endpoint) was sent to while it asked for a pause"
        }
        if deletedEndpoints.contains(endpoint) { problem = "endpoint \(endpoint) was sent to after it was deleted" }
        for delivery in deliveries {
            if accepted[delivery.key] == nil { problem = "\(delivery.key) was sent and never accepted" }
            if withdrawnMessages.contains(delivery.key.message) { problem = "\(delivery.key) was sent after it was cancelled" }
            if delivery.message.timing.isExpired(at: now) { problem = "\(delivery.key) was sent after its time" }
            if let due = delivery.message.timing.deliverAt, due > now, delivery.machine.trigger == .scheduled {
                problem = "\(delivery.key) was sent before its time"
            }
        }
        if let broken = try lines.sent(deliveries, store) { problem = broken }
    }

    mutating func answered(_ deliveries: [HeldDelivery], _ outcome: AttemptOutcome, at now: Instant) {
        guard let endpoint = deliveries.first?.endpoint else { return }
        onWire[endpoint, default: 0] -= 1
        lines.answered(deliveries)
        touched += deliveries.map(\.key)
        guard case .responded(let response) = outcome else { return }
        if response.status == 429, let delay = response.retryAfter?.delay(from: now) {
            pausedUntil[endpoint] = max(pausedUntil[endpoint] ?? .distantPast, now + delay)
        }
        guard (200..<300).contains(response.status) else { return }
        var failed: [JSONValue] = []
        if case .array(let names)? = (try? JSONValue.parse(response.body))?["failed"] { failed = names }
        for delivery in deliveries where !failed.contains(.string(delivery.message.id.description)) {
            accepted[delivery.key]?.succeeded = true
        }
    }

    mutating func deleted(_ endpoint: Int64) { deletedEndpoints.insert(endpoint) }
    /// In the store.
    mutating func cancelled(_ message: Int64) { cancelledMessages.insert(message) }
    /// The engine knows of it too.
    mutating func withdrawn(_ message: Int64) { withdrawnMessages.insert(message) }

    /// What the node knew is gone; what the store knows stands.
    mutating func crashed(_ store: any Store) throws {
        onWire = [:]
        pausedUntil = [:]
        withdrawnMessages = cancelledMessages
        try lines.crashed(accepted.map { ($0.key, $0.value.sequence) }, store)
    }

    mutating func check(_ store: any Store, at now: Instant) throws {
        if let problem { throw BrokenPromise(description: problem) }
        for key in touched.suffix(50) { try check(key, store) }
        touched.removeAll()
    }

    private func check(_ key: DeliveryKey, _ store: any Store) throws {
        guard let machine = try store.delivery(key) else {
            throw BrokenPromise(description: "\(key) was accepted and is not in the store")
        }
        if machine.scheduledAttempts > 4 {
            throw BrokenPromise(description: "\(key) had \(machine.scheduledAttempts) scheduled attempts of 4")
        }
        if case .delivered = machine.state, accepted[key]?.succeeded != true {
            throw BrokenPromise(description: "\(key) is delivered without a success")
        }
        if machine.line != nil, machine.state.isFinished {
            guard case .exhausted = machine.state else {
                throw BrokenPromise(description: "\(key) is finished and still stands in a line")
            }
        }
    }

    /// When nothing goes wrong any more, everything that was accepted comes to an end.
    /// For an endpoint that is disabled, that is to wait.
    func checkSettled(_ store: any Store) throws {
        let disabled = Set(try store.allEndpoints().filter(\.disabled).map(\.id.key))
        for key in accepted.keys.sorted() {
            try check(key, store)
            guard let machine = try store.delivery(key), let accepted = accepted[key] else { continue }
            if case .waiting = machine.state, disabled.contains(key.endpoint) { continue }
            guard machine.state.isFinished else {
                let isDeleted = deletedEndpoints.contains(key.endpoint)
                throw BrokenPromise(
                    description: "\(key) never came to an end\(isDeleted ? " though its endpoint was deleted" : ""): \(machine)"
                )
            }
            guard case .cancelled = machine.state else { continue }
            let isCalledFor =
                deletedEndpoints.contains(key.endpoint) || cancelledMessages.contains(key.message)
                || accepted.message.timing.doNotDeliverAfter != nil
            guard isCalledFor else { throw BrokenPromise(description: "\(key) was cancelled though nothing asked for it") }
        }
    }
}
