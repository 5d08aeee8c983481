import GodwitCore
import HeapModule

/// The one database of a fleet, as far as deliveries without an order need it: rows that are moved by whoever holds their lease.
struct FleetStore {
    private struct Due: Comparable {
        let due: Instant
        let key: DeliveryKey

        static func < (left: Due, right: Due) -> Bool { (left.due, left.key) < (right.due, right.key) }
    }

    /// Deliveries that are not finished.
    private var rows: [DeliveryKey: HeldDelivery] = [:]
    /// By endpoint. Entries of rows that have moved on are passed over when their turn comes.
    private var waiting: [Int64: Heap<Due>] = [:]
    private var inFlight: [Lease: Set<DeliveryKey>] = [:]
    private var sequences: [Int64: Int64] = [:]
    private var lastLease: Int64 = 0

    var unfinished: Int { rows.count }
    var endpointsWithBacklog: [Int64] { waiting.keys.sorted() }

    mutating func newLease() -> Lease {
        lastLease += 1
        return Lease(rawValue: lastLease)
    }

    mutating func insert(_ message: Message, endpoint: Int64, _ machine: DeliveryStateMachine) -> HeldDelivery {
        sequences[endpoint, default: 0] += 1
        let held = HeldDelivery(
            message: message, endpoint: endpoint, sequence: sequences[endpoint, default: 0], machine: machine)
        put(held)
        return held
    }

    /// - Returns: false when the delivery is no longer in flight under the transition's lease.
    mutating func move(_ transition: Transition) -> Bool {
        guard let row = rows[transition.delivery], row.machine.state == .inFlight(transition.lease) else { return false }
        inFlight[transition.lease]?.remove(transition.delivery)
        put(row.with(transition.machine))
        return true
    }

    mutating func claim(_ endpoint: Int64, limit: Int, lease: Lease, at now: Instant) -> (
        deliveries: [HeldDelivery], nextDue: Instant?
    ) {
        var claimed: [HeldDelivery] = []
        while let next = firstWaiting(endpoint), next.due <= now, claimed.count < limit {
            waiting[endpoint]?.removeMin()
            guard let row = rows[next.key] else { continue }
            var machine = row.machine
            guard machine.claim(under: lease, at: now) else { continue }
            put(row.with(machine))
            claimed.append(row.with(machine))
        }
        return (claimed, firstWaiting(endpoint)?.due)
    }

    func nextDue(_ endpoint: Int64) -> Instant? { waiting[endpoint]?.min?.due }

    /// What a dead node held waits again, due now.
    mutating func takeOver(_ lease: Lease, limit: Int, at now: Instant) -> [DeliveryKey] {
        let keys = Array((inFlight[lease] ?? []).sorted().prefix(limit))
        for key in keys {
            inFlight[lease]?.remove(key)
            guard let row = rows[key] else { continue }
            var machine = row.machine
            _ = machine.handBack(under: lease, at: now)
            put(row.with(machine))
        }
        return keys
    }

    private mutating func firstWaiting(_ endpoint: Int64) -> Due? {
        while let next = waiting[endpoint]?.min {
            if let row = rows[next.key], row.machine.due == next.due { return next }
            waiting[endpoint]?.removeMin()
        }
        waiting[endpoint] = nil
        return nil
    }

    private mutating func put(_ held: HeldDelivery) {
        switch held.machine.state {
        case .waiting(let due):
            rows[held.key] = held
            waiting[held.endpoint, default: Heap()].insert(Due(due: due, key: held.key))
        case .inFlight(let lease):
            rows[held.key] = held
            inFlight[lease, default: []].insert(held.key)
        case .delivered, .exhausted, .cancelled: rows[held.key] = nil
        }
    }
}

extension HeldDelivery {
    fileprivate func with(_ machine: DeliveryStateMachine) -> HeldDelivery {
        HeldDelivery(message: message, endpoint: endpoint, sequence: sequence, machine: machine)
    }
}
