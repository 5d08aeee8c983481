#if Postgres
import Dispatch
import GodwitCore
import GodwitStore
import GodwitTestKit
import Synchronization
import Testing

@testable import GodwitPostgres
@testable import GodwitSQL

@Suite("Batches in PostgreSQL")
struct PostgresBatchTests {
    /// A number, a text and bytes, as given.
    private struct Echo: BatchedStatement {
        static let sql = "SELECT ?1, ?2, ?3"
        static let postgreSQLBatch = "SELECT * FROM \(BatchText.rows([.bigint, .text, .bytea]))"

        let number: Int64?
        let text: String?
        let bytes: [UInt8]?

        var row: WrittenRow { WrittenRow(.moved, 0) }

        func bind(to statement: some SQLParameters) {
            if let number { statement.bind(number, at: 1) } else { statement.bindNull(at: 1) }
            statement.bind(text, at: 2)
            statement.bindForeignText(bytes, at: 3)
        }
    }

    private func echo(_ rows: [Echo], on connection: PostgresConnection) throws -> [Echo] {
        let columns = PostgresColumns()
        for row in rows { columns.add(row) }
        let request = PostgresRequest(
            key: ObjectIdentifier(Batch<Echo>.self), sql: { Echo.postgreSQLBatch }, parameters: columns.parameters(0, at: 0))
        let answer = try connection.run([request])[0]
        return (0..<answer.count).map { index in
            let row = answer[index]
            return Echo(
                number: row.isNull(0) ? nil : row.integer(0), text: row.isNull(1) ? nil : row.text(1),
                bytes: row.isNull(2) ? nil : row.bytes(2))
        }
    }

    @Test("give values back as they were sent: NULL, empty, quotes, U+0000, and all of it at once")
    func values() throws {
        let connection = try PostgresConnection(to: try TestDatabases.server(), patience: .seconds(10))
        let noncharacter = String(decoding: [0xEF, 0xB7, 0x90] as [UInt8], as: UTF8.self)
        let texts: [String?] = [
            nil, "", "NULL", "null", "\"", "\\", "'", "{", "}", "{}", ",", " a ", "a\u{0}b", "\u{0}", noncharacter + "0",
            "웹훅 🙂", "$1", "\n",
            String(repeating: "\\\"", count: 5000),
        ]
        let numbers: [Int64?] = [nil, .min, -1, 0, 1, .max]
        let bytes: [[UInt8]?] = [nil, [], [0], [0, 1, 255], Array("\\x00".utf8), [UInt8](repeating: 0, count: 20_000)]
        let rows = texts.enumerated().map { Echo(number: numbers[$0 % 6], text: $1, bytes: bytes[$0 / 2 % 6]) }
        let nothing = Echo(number: nil, text: nil, bytes: nil)
        let counted = (0..<1000 as Range<Int64>).map { Echo(number: $0, text: $0.description, bytes: nil) }
        // Columns of nothing but NULL, beside one that has something.
        let sets = [
            rows, counted, [rows[1], nothing, nothing], [nothing, nothing, rows[1]],
            [Echo(number: 7, text: nil, bytes: nil), nothing],
        ]
        for sent in sets {
            let back = try echo(sent, on: connection)
            #expect(back.map(\.number) == sent.map(\.number))
            #expect(back.map(\.text) == sent.map(\.text))
            #expect(back.map(\.bytes) == sent.map(\.bytes))
        }
    }

    @Test("look for their rows by the primary key, however young the tables are")
    func plans() throws {
        let address = try TestDatabases.create()
        let scene = try StoreScene(
            StoreFactory(make: { keys in try PostgresStore.open(address: address, exclusive: true, idempotencyKeys: keys) }) {
                store, _ in
                store
            })
        let connection = try PostgresConnection.open(address)
        // A plan is kept from a statement's sixth use on: then there are some rows.
        for count in [10, 60, 300, 3000] {
            for start in stride(from: 0, to: count, by: 1000) {
                try scene.commit(
                    (start..<min(start + 1000, count)).map { _ in
                        scene.advance(.milliseconds(1))
                        let message = scene.message(eventID: "evt-\(scene.now.millisecondsSince1970)")
                        let key = scene.idempotencyKey(UInt64(bitPattern: message.id.key))
                        return scene.publication(message, to: [1], idempotency: key)
                    })
            }
            for isAnalyzed in [false, true] {
                if isAnalyzed { try connection.execute("ANALYZE") }
                for (text, arguments, wanted) in Self.lookUps {
                    let plan = try plan(of: PostgreSQLText.qualify(text), arguments, on: connection)
                    #expect(
                        plan.contains { $0.contains("Index Cond") && $0.contains(wanted) }
                            && !plan.contains { $0.contains("Hash") || $0.contains("Merge") },
                        "\(count) rows, \(isAnalyzed ? "analyzed" : "unknown")\n\(plan.joined(separator: "\n"))")
                }
            }
        }
    }

    private static let lookUps: [(String, Int, String)] = [
        (MoveDelivery.postgreSQLBatch, 13, "endpoint_key = new.endpoint_key"),
        (ReplaceDelivery.postgreSQLBatch, 12, "endpoint_key = new.endpoint_key"),
        (LockDelivery.postgreSQLBatch, 2, "endpoint_key = asked.endpoint_key"),
        (FindEventID.postgreSQLBatch, 2, "event_id = (asked.event_id)"),
        (FindSharedIdempotencyRow.postgreSQLBatch, 3, "scope_low = asked.low"),
    ]

    /// As a statement has it that was used for a while.
    private func plan(of text: String, _ arguments: Int, on connection: PostgresConnection) throws -> [String] {
        enum Key {}
        // With NULL for the smallest key there would be no range to look at.
        let keys = text.contains(">= $\(arguments)::bigint") ? 1 : 0
        let values = (Array(repeating: "NULL", count: arguments - keys) + Array(repeating: "0", count: keys))
            .joined(separator: ", ")
        try connection.execute("SET plan_cache_mode = force_generic_plan; DEALLOCATE ALL; PREPARE looked AS \(text)")
        connection.prepared = [:]
        return try connection.inTransaction { () throws(StoreError) in
            let answer = try connection.answers([
                PostgresRequest(
                    key: ObjectIdentifier(Key.self), sql: { "EXPLAIN EXECUTE looked(\(values))" },
                    parameters: PostgresParameters())
            ])[0]
            return (0..<answer.count).map { answer[$0].text(0) }
        }
    }

    @Test("cost a commit few round trips, however much is in it")
    func roundTrips() throws {
        let address = try TestDatabases.create()
        let store = try PostgresStore.open(address: address, exclusive: true)
        defer { store.close() }
        let scene = try StoreScene(StoreFactory(make: { _ in store }, reopen: { former, _ in former }))
        func count(_ body: () throws -> Void) throws -> Int {
            func sent() throws -> Int { try store.write { writer throws(StoreError) in writer.connection.roundTrips } }
            let before = try sent()
            try body()
            return try sent() - before
        }
        let message = scene.message()
        try scene.publish(message, to: [1, 2])
        let plain = try count { try scene.commit((0..<100).map { _ in scene.publication(scene.message(), to: [1, 2]) }) }
        // Numbers are locked; and all is written.
        #expect(plain == 2)
        let keyed = try count {
            try scene.commit(
                (0..<100).map { index in
                    scene.publication(
                        scene.message(eventID: "evt-\(index)"), to: [1, 2], idempotency: scene.idempotencyKey(index))
                })
        }
        // Whether another node used a key at the same moment is known before the end.
        #expect(keyed == 3)
        let claimed = try count {
            let delivered = DeliveryStateMachine(
                state: .delivered(at: scene.now), attempts: 1, scheduledAttempts: 1, resume: nil)
            let key = DeliveryKey(message: message.id.key, endpoint: 1)
            try scene.commit([
                .move(Transition(delivery: key, lease: scene.lease, machine: delivered, former: .pending), scene.attempt(key))
            ])
        }
        // What moved is counted.
        #expect(claimed == 2)
    }

    @Test("of two nodes at the same moment store each key and each event id once")
    func contention() throws {
        let address = try TestDatabases.create()
        let stored = Mutex((keys: [UInt64: Int](), events: [UInt64: Int]()))
        try PostgresStore.open(address: address, exclusive: true).close()
        DispatchQueue.concurrentPerform(iterations: 2) { node in
            do {
                let store = try PostgresStore.open(address: address, exclusive: true)
                defer { store.close() }
                let scene = try StoreScene(
                    StoreFactory(make: { _ in store }, reopen: { former, _ in former }), seed: UInt64(node) + 1)
                for round in 0..<15 as Range<UInt64> {
                    // Each in an order of its own.
                    let numbers = (round * 20..<round * 20 + 20).shuffled(using: &scene.random)
                    let commands = numbers.map { number in
                        let isKeyed = number % 2 == 0
                        return scene.publication(
                            scene.message(eventID: isKeyed ? nil : "evt-\(number)"), to: [1],
                            idempotency: isKeyed ? scene.idempotencyKey(number) : nil)
                    }
                    let results = try scene.commit(commands)
                    stored.withLock { stored in
                        for (number, result) in zip(numbers, results) {
                            guard case .published(.stored) = result else { continue }
                            if number % 2 == 0 {
                                stored.keys[number, default: 0] += 1
                            } else {
                                stored.events[number, default: 0] += 1
                            }
                        }
                    }
                }
            } catch {
                Issue.record(error)
            }
        }
        stored.withLock { stored in
            #expect(stored.keys.count == 150 && stored.keys.values.allSatisfy { $0 == 1 })
            #expect(stored.events.count == 150 && stored.events.values.allSatisfy { $0 == 1 })
        }
    }
}
#endif
