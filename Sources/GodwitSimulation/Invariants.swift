import GodwitCore
import GodwitStore

/// What must hold whatever happens. Safety is looked at after each step, liveness at the end.
struct Invariants {
    private struct Accepted {
        let sequence: Int64
        var succeeded = false
    }

    private var accepted: [DeliveryKey: Accepted] = [:]
    private var lastSequence: [Int64: Int64] = [:]
    private var onWire: [Int64: Int] = [:]
    private var deletedEndpoints: Set<Int64> = []
    private var problem: String?
    /// Deliveries whose stored state is compared after each step: the ones that moved last.
    private var touched: [DeliveryKey] = []

    mutating func accepted(_ deliveries: [HeldDelivery]) {
        for delivery in deliveries {
            accepted[delivery.key] = Accepted(sequence: delivery.sequence)
            touched.append(delivery.key)
            let expected = (lastSequence[delivery.endpoint] ?? 0) + 1
            if delivery.sequence != expected {
                problem = "endpoint \(delivery.endpoint) got sequence \(delivery.sequence) after \(expected - 1)"
            }
            lastSequence[delivery.endpoint] = delivery.sequence
        }
    }

    mutating func sent(_ delivery: HeldDelivery) {
        onWire[delivery.endpoint, default: 0] += 1
        if onWire[delivery.endpoint, default: 0] > SimulatedWorld.perEndpoint {
            problem = "endpoint \(delivery.endpoint) has \(onWire[delivery.endpoint, default: 0]) requests on the wire"
        }
        if deletedEndpoints.contains(delivery.endpoint) { problem = "\(delivery.key) was sent after its endpoint was deleted" }
        if accepted[delivery.key] == nil { problem = "\(delivery.key) was sent and never accepted" }
    }

    mutating func answered(_ delivery: HeldDelivery, _ outcome: AttemptOutcome) {
        onWire[delivery.endpoint, default: 0] -= 1
        touched.append(delivery.key)
        if case .responded(let response) = outcome, (200..<300).contains(response.status) {
            accepted[delivery.key]?.succeeded = true
        }
    }

    mutating func deleted(_ endpoint: Int64) { deletedEndpoints.insert(endpoint) }

    mutating func crashed() { onWire = [:] }

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
    }

    /// When nothing goes wrong any more, everything that was accepted comes to an end.
    /// For an endpoint that is disabled, that is to wait.
    func checkSettled(_ store: any Store) throws {
        let disabled = Set(try store.allEndpoints().filter(\.disabled).map(\.id.key))
        for key in accepted.keys.sorted() {
            try check(key, store)
            guard let machine = try store.delivery(key) else { continue }
            if case .waiting = machine.state, disabled.contains(key.endpoint) { continue }
            guard machine.state.isFinished else {
                let isDeleted = deletedEndpoints.contains(key.endpoint)
                throw BrokenPromise(
                    description: "\(key) never came to an end\(isDeleted ? " though its endpoint was deleted" : ""): \(machine)"
                )
            }
            if case .cancelled = machine.state, !deletedEndpoints.contains(key.endpoint) {
                throw BrokenPromise(description: "\(key) was cancelled though its endpoint exists")
            }
        }
    }
}
