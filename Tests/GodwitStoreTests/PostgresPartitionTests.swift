#if Postgres
import Foundation
import GodwitCore
import GodwitStore
import GodwitTestKit
import Testing

@testable import GodwitPostgres
@testable import GodwitSQL

@Suite("Partitions in PostgreSQL")
struct PostgresPartitionTests {
    private let address: String
    private let scene: StoreScene
    private let database: PostgresConnection

    init() throws {
        let address = try TestDatabases.create()
        self.address = address
        scene = try StoreScene(
            StoreFactory(
                make: { try PostgresStore.open(address: address, exclusive: true, idempotencyKeys: $0) },
                reopen: { _, keys in try PostgresStore.open(address: address, exclusive: true, idempotencyKeys: keys) }))
        database = try PostgresConnection.open(address)
        scene.now = clock
    }

    /// As the database's clock stands.
    private let clock = Instant(millisecondsSince1970: Int64(Date().timeIntervalSince1970 * 1000))

    private func ranges() throws -> [Partition] { try database.all(ListPartitions()) }

    /// Rows of each range, in the order of their keys.
    private func counts(_ table: PartitionedTable) throws -> [Int64] {
        try ranges().map { try database.number("SELECT count(*) FROM godwit.\(table.partition($0.number))") }
    }

    private func key(days: Int64) -> Int64 { TimeKey.first(at: scene.now + .seconds(days * 86_400)) }

    private func delivered() -> DeliveryStateMachine {
        DeliveryStateMachine(state: .delivered(at: scene.now), attempts: 1, scheduledAttempts: 1, resume: nil)
    }

    /// A message, its delivery to endpoint 1, an attempt and a label.
    @discardableResult
    private func publish(days: Int64, eventID: String? = nil, isDelivered: Bool = true, payload: [UInt8]? = nil) throws
        -> Message
    {
        let now = scene.now
        scene.now = now + .seconds(days * 86_400)
        defer { scene.now = now }
        let message = scene.message(eventID: eventID, tags: ["t"], payload: payload)
        try scene.publish(message, to: [1])
        let delivery = DeliveryKey(message: message.id.key, endpoint: 1)
        if isDelivered { #expect(try scene.move(delivery, to: delivered(), attempt: scene.attempt(delivery))) }
        return message
    }

    private func make(days: Int?, at now: Instant) throws {
        let results = try scene.store.commit([.catalog(.retention(.prepare(retentionDays: days)))], at: now)
        guard case .catalog(.success(.retention(.done))) = results.first else {
            Issue.record("making ranges is answered")
            return
        }
    }

    /// What is left to go one by one is left.
    private func forget(before: Instant) throws {
        try scene.change(.retention(.forget(before: before, after: .max, limit: 1)))
    }

    private func forget(daysKept: Int64) throws {
        let before = scene.now + .seconds(-daysKept * 86_400)
        try forget(before: before)
        scene.advance(Limits.forgottenAfterEnd)
        try forget(before: before)
    }

    /// So that what lies ahead now is long ago, and the clock of the database is not asked.
    private func passDays(_ days: Int64) { scene.advance(.seconds(days * 86_400)) }

    @Test("are made ahead, once, with the settings of the first ones, and follow the wish")
    func madeAhead() throws {
        for _ in 0..<2 { try make(days: 7, at: scene.now) }
        let ends = try ranges().map(\.ends)
        let bounds = ends.compactMap(\.self)
        #expect(ends.last == .some(nil) && bounds.count == ends.count - 1)
        #expect(try #require(bounds.last) >= key(days: 2))
        #expect(try ranges().count >= 3)
        for table in PartitionedTable.allCases {
            let settings = try ranges().map { range in
                try database.text(
                    "SELECT reloptions::text FROM pg_class WHERE oid = 'godwit.\(table.partition(range.number))'::regclass")
            }
            #expect(Set(settings).count == 1, "\(settings)")
            let attached = "SELECT count(*) FROM pg_inherits WHERE inhparent = 'godwit.\(table.name)'::regclass"
            #expect(try database.number(attached) == Int64(ends.count))
            // Each has the indexes of the table, and no other.
            let perTable = "SELECT count(*) FROM pg_index WHERE indrelid = 'godwit.\(table.name)'::regclass"
            for range in try ranges() {
                let own = "SELECT count(*) FROM pg_index WHERE indrelid = 'godwit.\(table.partition(range.number))'::regclass"
                #expect(try database.number(own) == database.number(perTable))
            }
        }
        // Wider ones follow; narrower ones take the place of what is still ahead.
        try make(days: nil, at: scene.now)
        #expect(try #require(ranges().compactMap(\.ends).last) >= key(days: 56))
        try make(days: 7, at: scene.now)
        #expect(try ranges().compactMap(\.ends) == bounds)
        let kept = try publish(days: 0)
        #expect(try scene.store.message(application: 1, kept.id.reference)?.id == kept.id)
        // A clock that is ahead of the database's makes nothing of it.
        try make(days: 7, at: scene.now + .seconds(400 * 86_400))
        #expect(try ranges().compactMap(\.ends) == bounds)
    }

    @Test("take what lies in none: the last one becomes a range with all that is in it")
    func rest() throws {
        let near = try publish(days: 3, eventID: "near")
        let far = try publish(days: 4000, eventID: "far")
        #expect(try counts(.messages) == [0, 2])
        try make(days: 7, at: scene.now)
        // Both lie further ahead than ranges are made.
        #expect(try counts(.messages).last == 2)
        try make(days: 30, at: scene.now)
        for table in PartitionedTable.allCases { #expect(try counts(table).last == 1 && counts(table).reduce(0, +) == 2) }
        for message in [near, far] {
            #expect(try scene.store.message(application: 1, message.id.reference)?.id == message.id)
            #expect(try scene.store.message(application: 1, .uid(message.eventID ?? ""))?.id == message.id)
            #expect(try scene.store.deliveries(ofMessage: message.id.key).count == 1)
        }
        #expect(try scene.publish(scene.message(eventID: "far"), to: [1]) == .duplicateEventID)
        let all = PageRequest<Int64>(limit: 9, order: .descending)
        #expect(try scene.store.messages(application: 1, MessageFilter(), all).items.map(\.id) == [far.id, near.id])
        #expect(try scene.store.feed(endpoint: 1, after: 0, limit: 9).map(\.sequence) == [1, 2])
        // What lies in a range that could be narrower keeps it.
        try make(days: 7, at: scene.now)
        #expect(try counts(.messages).last == 1)
        #expect(try scene.store.message(application: 1, near.id.reference) != nil)
    }

    @Test("go as a whole when nothing in them can be sent again, and those that hold something stay")
    func dropped() throws {
        try make(days: 7, at: scene.now)
        let bounds = try ranges().compactMap(\.ends)
        let (first, second) = (try #require(bounds.first), try #require(bounds.dropFirst().first))
        let gone = [try publish(days: 0, eventID: "a"), try publish(days: 0, eventID: "b")]
        // In the second range.
        let days = (first - key(days: 0)) / PartitionPlan.keysPerDay + 1
        let held = try publish(days: days, eventID: "held", isDelivered: false)
        #expect(held.id.key >= first && held.id.key < second)
        let unexpired = try publish(days: days + 20, payload: [0x7B, 0x7D])
        #expect(try counts(.messages) == [2, 1] + Array(repeating: 0, count: bounds.count - 2) + [1])

        passDays(30)
        try forget(daysKept: 7)
        for table in PartitionedTable.allCases { #expect(try counts(table).first == 0, "\(table)") }
        #expect(try counts(.messages).dropFirst().first == 1)
        for message in gone { #expect(try scene.store.message(application: 1, message.id.reference) == nil) }
        #expect(try scene.store.message(application: 1, .uid("a")) == nil)
        #expect(try scene.store.message(application: 1, .uid("held"))?.id == held.id)
        #expect(try scene.store.message(application: 1, unexpired.id.reference) != nil)
        #expect(try scene.store.feed(endpoint: 1, after: 0, limit: 9).map(\.sequence) == [3, 4])
        // An event id is free again, and numbers go on.
        #expect(try scene.publish(scene.message(eventID: "a"), to: [1]) == .stored(sequences: [5]))
        #expect(try scene.publish(scene.message(eventID: "held"), to: [1]) == .duplicateEventID)

        // When that has ended as well, one range is left of both.
        try scene.deliver(DeliveryKey(message: held.id.key, endpoint: 1))
        try forget(daysKept: 7)
        #expect(try scene.store.message(application: 1, held.id.reference) == nil)
        #expect(try ranges().first?.ends == bounds.last)
        #expect(try counts(.messages).first == 0)
        // Nothing is refused for being old.
        let old = try publish(days: -300)
        #expect(try scene.store.message(application: 1, old.id.reference)?.id == old.id)
    }

    @Test("wait for late results before they go, and for whoever holds a table")
    func patience() throws {
        let message = try publish(days: 0)
        passDays(30)
        let before = scene.now
        func isThere() throws -> Bool { try scene.store.message(application: 1, message.id.reference) != nil }
        try forget(before: before)
        scene.advance(Limits.forgottenAfterEnd + .milliseconds(-1))
        try forget(before: before)
        #expect(try isThere())
        scene.advance(.milliseconds(1))
        // Somebody reads, as a backup does.
        try database.execute("BEGIN; SELECT count(*) FROM godwit.messages")
        let start = ContinuousClock.now
        try forget(before: before)
        try make(days: nil, at: scene.now)
        #expect(ContinuousClock.now - start < .seconds(10))
        #expect(try isThere())
        #expect(try ranges().count == 2)
        try database.execute("COMMIT")
        try forget(before: before)
        #expect(try !isThere())
        try make(days: nil, at: clock)
        #expect(try ranges().count > 2)
    }

    @Test("are made and dropped while others publish, and nothing is lost")
    func underLoad() async throws {
        let address = address
        let old = try publish(days: 0)
        passDays(30)
        let (now, lease) = (scene.now, scene.lease)
        let writer = Task.detached { () throws -> [Message] in
            let store = try PostgresStore.open(address: address, exclusive: true)
            defer { store.close() }
            var identifiers = IdentifierGenerator(slot: 5)
            var random = SeededGenerator(seed: 5)
            var published: [Message] = []
            while !Task.isCancelled {
                let id: MessageID = identifiers.next(at: now, using: &random)
                let message = Message(
                    id: id, application: 1, eventType: "a", eventID: id.description, channels: [], tags: [], payload: nil,
                    createdAt: now, payloadExpiresAt: now, timing: MessageTiming(), orderingKey: nil, raw: nil)
                let result = try store.commit(
                    [.publish(NewMessage(message: message, idempotency: nil, deliveries: [(1, .accepted(under: lease))]))],
                    at: now)
                if case .published(.stored) = try #require(result.first) { published.append(message) }
            }
            return published
        }
        for round in 0..<12 {
            try make(days: [7, 30, nil][round % 3], at: clock)
            scene.advance(Limits.forgottenAfterEnd)
            try forget(before: now)
            await Task.yield()
        }
        while try scene.store.feedHead(endpoint: 1) < 20 { await Task.yield() }
        writer.cancel()
        let published = try await writer.value
        #expect(published.count >= 19)
        #expect(try scene.store.messageIDs(Set(published.map(\.id.key))).count == published.count)
        for message in published {
            #expect(try scene.store.message(application: 1, .uid(message.id.description)) != nil)
            #expect(try scene.store.deliveries(ofMessage: message.id.key).count == 1)
        }
        #expect(
            try scene.store.feed(endpoint: 1, after: 1, limit: 10_000).map(\.sequence) == Array(2...Int64(published.count + 1)))
        #expect(try scene.store.message(application: 1, old.id.reference) == nil)
    }
}

extension PostgresConnection {
    private func value(_ sql: String) throws -> PostgresRows {
        enum Value {}
        prepared[ObjectIdentifier(Value.self)] = nil
        return try run([PostgresRequest(key: ObjectIdentifier(Value.self), sql: { sql }, parameters: PostgresParameters())])[0]
    }

    func number(_ sql: String) throws -> Int64 { try value(sql)[0].integer(0) }

    func text(_ sql: String) throws -> String { try value(sql)[0].text(0) }

    func lines(_ sql: String) throws -> [String] {
        let rows = try value(sql)
        return (0..<rows.count).map { rows[$0].text(0) }
    }
}
#endif
