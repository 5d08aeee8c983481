import GodwitCore
import GodwitStore

extension ModelState {
    mutating func change(_ command: ConsumerCommand, at now: Instant) throws(StoreError) -> ConsumerResult {
        switch command {
        case .poll(let endpoint, let name, let poll):
            let former = try consumer(endpoint, name)
            var consumer = former ?? Consumer()
            let head = lastSequences[endpoint] ?? 0
            let next = deliveries.values.filter { $0.key.endpoint == endpoint && $0.sequence > consumer.acknowledged }
                .map(\.sequence).min()
            consumer.pass(next.map { $0 - 1 } ?? head)
            guard let batch = consumer.poll(poll, head: head, at: now) else {
                throw StoreError(.conflict, "too much is acknowledged out of order")
            }
            if consumer != former ?? Consumer() { try put(consumer, endpoint, name, isNew: former == nil) }
            deliver(poll.acknowledged, to: endpoint, at: now)
            return .batch(batch)
        case .move(let endpoint, let name, let position):
            let former = try consumer(endpoint, name)
            var consumer = former ?? Consumer()
            consumer.move(to: position)
            try put(consumer, endpoint, name, isNew: former == nil)
            return .done
        }
    }

    private mutating func deliver(_ acknowledged: [Int64], to key: Int64, at now: Instant) {
        guard endpoint(key)?.mode == .pull else { return }
        for delivery in deliveries.values where delivery.key.endpoint == key && acknowledged.contains(delivery.sequence) {
            var machine = delivery.machine
            if machine.acknowledge(at: now) { put(delivery.key, delivery.sequence, machine) }
        }
    }

    private func consumer(_ key: Int64, _ name: String) throws(StoreError) -> Consumer? {
        guard endpoint(key) != nil else { throw StoreError(.notFound, "not found") }
        return consumers[key]?[name]
    }

    private mutating func put(_ consumer: Consumer, _ endpoint: Int64, _ name: String, isNew: Bool) throws(StoreError) {
        if isNew, consumers[endpoint]?.count ?? 0 >= Limits.consumers {
            throw StoreError(.conflict, "the endpoint has too many consumers")
        }
        consumers[endpoint, default: [:]][name] = consumer
    }
}
