import GodwitCore
import GodwitStore

/// The promise of order: a delivery of a line is sent when every earlier one has left the line, and one request at a time.
struct LineInvariants {
    private struct Key: Hashable {
        let endpoint: Int64
        let line: Int64
    }

    private struct Place {
        let key: DeliveryKey
        let sequence: Int64
    }

    private var standing: [Key: [Place]] = [:]
    private var onWire: [Key: Int] = [:]

    mutating func accepted(_ delivery: HeldDelivery) {
        guard let line = delivery.machine.line else { return }
        standing[Key(endpoint: delivery.endpoint, line: line), default: []].append(
            Place(key: delivery.key, sequence: delivery.sequence))
    }

    /// What the engine decided counts at once: it goes on before that is durable.
    mutating func moved(_ transition: Transition) {
        guard transition.machine.line == nil else { return }
        for key in standing.keys where key.endpoint == transition.delivery.endpoint {
            standing[key]?.removeAll { $0.key == transition.delivery }
        }
    }

    /// - Returns: what is wrong.
    mutating func sent(_ deliveries: [HeldDelivery], _ store: any Store) throws -> String? {
        var problem: String?
        for (line, group) in Dictionary(grouping: deliveries.filter { $0.machine.line != nil }, by: { $0.machine.line ?? 0 }) {
            guard let first = group.first else { continue }
            let key = Key(endpoint: first.endpoint, line: line)
            onWire[key, default: 0] += 1
            if onWire[key, default: 0] > 1 {
                problem = "line \(line) of endpoint \(first.endpoint) has two requests on the wire"
            }
            if group.map(\.sequence) != group.map(\.sequence).sorted() { problem = "a batch turned a line round" }
            let own = Set(group.map(\.key))
            guard let last = group.last else { continue }
            for place in standing[key] ?? [] where place.sequence < last.sequence && !own.contains(place.key) {
                // Cancelled, expired or released in the store: then it has left.
                if try store.delivery(place.key)?.line == nil {
                    standing[key]?.removeAll { $0.key == place.key }
                } else {
                    problem = "\(last.key) was sent while \(place.key) stood before it in its line"
                }
            }
        }
        return problem
    }

    mutating func answered(_ deliveries: [HeldDelivery]) {
        for line in Set(deliveries.compactMap(\.machine.line)) {
            onWire[Key(endpoint: deliveries[0].endpoint, line: line), default: 0] -= 1
        }
    }

    mutating func crashed(_ accepted: [(DeliveryKey, sequence: Int64)], _ store: any Store) throws {
        onWire = [:]
        standing = [:]
        for (key, sequence) in accepted.sorted(by: { $0.sequence < $1.sequence }) {
            guard let line = try store.delivery(key)?.line else { continue }
            standing[Key(endpoint: key.endpoint, line: line), default: []].append(Place(key: key, sequence: sequence))
        }
    }
}
