import GodwitCore
import GodwitStore

/// Index: primary key.
struct FindConsumer: SQLStatement {
    static let sql = """
        SELECT acknowledged, acknowledged_beyond, leases FROM consumers
        WHERE  endpoint_key = ?1 AND name = ?2
        """

    let endpoint: Int64
    let name: String

    func bind(to statement: some SQLParameters) {
        statement.bind(endpoint, at: 1)
        statement.bind(name, at: 2)
    }

    static func decode(_ row: some SQLRow) throws(StoreError) -> Consumer {
        let beyond = try ConsumerNumbers.read(row.text(1), perItem: 2)
        let leases = try ConsumerNumbers.read(row.text(2), perItem: 3)
        return Consumer(
            acknowledged: row.integer(0), acknowledgedBeyond: beyond.map { $0[0]...$0[1] },
            leases: leases.map {
                Consumer.FeedLease(items: $0[0]...$0[1], until: Instant(millisecondsSince1970: $0[2]))
            })
    }
}

/// For what was decided on the current row, inside the same transaction. Index: primary key.
struct PutConsumer: SQLStatement {
    static let sql = """
        INSERT INTO consumers (endpoint_key, name, acknowledged, acknowledged_beyond, leases, updated_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6)
        ON CONFLICT (endpoint_key, name) DO UPDATE
        SET    acknowledged = excluded.acknowledged, acknowledged_beyond = excluded.acknowledged_beyond,
               leases = excluded.leases, updated_at = excluded.updated_at
        """

    let endpoint: Int64
    let name: String
    let consumer: Consumer
    let now: Instant

    func bind(to statement: some SQLParameters) {
        statement.bind(endpoint, at: 1)
        statement.bind(name, at: 2)
        statement.bind(consumer.acknowledged, at: 3)
        statement.bind(
            ConsumerNumbers.write(consumer.acknowledgedBeyond.flatMap { [$0.lowerBound, $0.upperBound] }), at: 4)
        statement.bind(
            ConsumerNumbers.write(
                consumer.leases.flatMap { [$0.items.lowerBound, $0.items.upperBound, $0.until.millisecondsSince1970] }),
            at: 5)
        statement.bind(now, at: 6)
    }
}

/// Index: primary key.
struct CountConsumers: SQLStatement {
    static let sql = "SELECT count(*) FROM consumers WHERE endpoint_key = ?1"

    let endpoint: Int64

    func bind(to statement: some SQLParameters) { statement.bind(endpoint, at: 1) }

    static func decode(_ row: some SQLRow) -> Int { Int(row.integer(0)) }
}

/// Of an endpoint that is deleted; twice changes nothing. Index: primary key.
struct ForgetConsumers: SQLStatement {
    static let sql = "DELETE FROM consumers WHERE endpoint_key = ?1"

    let endpoint: Int64

    func bind(to statement: some SQLParameters) { statement.bind(endpoint, at: 1) }
}

/// Numbers with a space between any two.
private enum ConsumerNumbers {
    static func write(_ numbers: [Int64]) -> String { numbers.map(String.init).joined(separator: " ") }

    static func read(_ text: String, perItem count: Int) throws(StoreError) -> [[Int64]] {
        let numbers = text.split(separator: " ").compactMap { Int64($0) }
        let items = stride(from: 0, to: numbers.count, by: count).map { Array(numbers[$0..<min($0 + count, numbers.count)]) }
        guard items.allSatisfy({ $0.count == count && $0[0] <= $0[1] }) else {
            throw StoreError(.unusable, "a consumer's state in the store is damaged")
        }
        return items
    }
}

extension SQLConnection {
    func change(_ command: ConsumerCommand, at now: Instant) throws(StoreError) -> ConsumerResult {
        switch command {
        case .poll(let endpoint, let name, let poll):
            let former = try consumer(endpoint: endpoint, name: name)
            var consumer = former ?? Consumer()
            // First the head: of what is committed meanwhile nothing is passed.
            let head = try feedHead(endpoint: endpoint)
            if consumer.acknowledged < head {
                let next = try first(NextSequence(endpoint: endpoint, after: consumer.acknowledged))
                consumer.pass(min(head, next.map { $0 - 1 } ?? head))
            }
            guard let batch = consumer.poll(poll, head: head, at: now) else {
                throw StoreError(.conflict, "too much is acknowledged out of order")
            }
            if consumer != former ?? Consumer() { try put(consumer, endpoint, name, isNew: former == nil, at: now) }
            try deliver(poll.acknowledged, to: endpoint, at: now)
            return .batch(batch)
        case .move(let endpoint, let name, let position):
            let former = try consumer(endpoint: endpoint, name: name)
            var consumer = former ?? Consumer()
            consumer.move(to: position)
            try put(consumer, endpoint, name, isNew: former == nil, at: now)
            return .done
        }
    }

    private func consumer(endpoint: Int64, name: String) throws(StoreError) -> Consumer? {
        _ = try found(first(FindEndpointByKey(key: endpoint)), "endpoint")
        return try first(FindConsumer(endpoint: endpoint, name: name))
    }

    private func deliver(_ acknowledged: [Int64], to key: Int64, at now: Instant) throws(StoreError) {
        guard !acknowledged.isEmpty, try first(FindEndpointByKey(key: key))?.mode == .pull else { return }
        for sequence in acknowledged {
            guard let found = try first(Locked(DeliveryOfSequence(endpoint: key, sequence: sequence))) else { continue }
            var machine = found.machine
            if machine.acknowledge(at: now) { try runInBatch(ReplaceDelivery(key: found.key, machine: machine)) }
        }
    }

    private func put(
        _ consumer: Consumer, _ endpoint: Int64, _ name: String, isNew: Bool, at now: Instant
    ) throws(StoreError) {
        if isNew, try first(CountConsumers(endpoint: endpoint)) ?? 0 >= Limits.consumers {
            throw StoreError(.conflict, "the endpoint has too many consumers")
        }
        try run(PutConsumer(endpoint: endpoint, name: name, consumer: consumer, now: now))
    }
}
