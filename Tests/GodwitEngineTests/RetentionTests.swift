import GodwitCore
import GodwitEngine
import GodwitSQLite
import GodwitStore
import GodwitTestKit
import Synchronization
import Testing

@Suite("An engine with a retention") struct RetentionTests {
    private final class Clock: Sendable {
        private let time = Mutex(Instant(millisecondsSince1970: 1_780_000_000_000))

        var wall: WallClock { WallClock { self.time.withLock(\.self) } }

        func advance(_ duration: Duration) { time.withLock { $0 = $0 + duration } }
    }

    private func left(_ fixture: EngineFixture) async throws -> [MessageID] {
        let key = fixture.application.id.key
        return try await fixture.engine.read { store throws(StoreError) in
            try store.messages(application: key, MessageFilter(), PageRequest(limit: 1000, order: .ascending)).items.map(\.id)
        }
    }

    private func start(_ clock: Clock, in folder: String, retentionDays: Int?) async throws -> EngineFixture {
        try await EngineFixture.start(
            store: SQLiteStore.open(path: folder, exclusive: true), path: folder, schedule: [.seconds(3600)],
            clock: clock.wall, retentionDays: retentionDays)
    }

    @Test("forgets what is older and has ended, step by step, and nothing else")
    func forgets() async throws {
        let clock = Clock()
        let path = EngineFixture.newPath()
        let receiver = try await ReceiverStub.start(always: .ok)
        let failing = try await ReceiverStub.start(always: .status(500))
        var fixture = try await start(clock, in: path, retentionDays: nil)
        let endpoint = try await fixture.endpoint(receiver.url, eventTypes: ["a"])
        let unlucky = try await fixture.endpoint(failing.url, eventTypes: ["b"])
        // More than one step, with what has to stay in between.
        var old: [Message] = []
        let waiting = try await fixture.accepted(type: "b")
        for _ in 0..<Limits.forgottenMessages + 1 { old.append(try await fixture.accepted()) }
        _ = try await receiver.waitForRequests(old.count)
        _ = try await failing.waitForRequests(1)
        let last = old[old.count - 1]
        let key = DeliveryKey(message: last.id.key, endpoint: endpoint.id.key)
        try await Patience.until {
            let machine = try await fixture.engine.read { store throws(StoreError) in try store.delivery(key) }
            return machine?.state.isFinished ?? false
        }
        clock.advance(.seconds(30 * 86_400))
        let young = try await fixture.accepted()
        clock.advance(.seconds(3600))

        // Without a retention, everything stays: only payloads expire.
        fixture.engine.keepHouse()
        try await Patience.until {
            try await fixture.engine.read { store throws(StoreError) in
                try store.message(application: last.application, .id(key: last.id.key, text: last.id.description))?.payload
            } == nil
        }
        #expect(try await left(fixture).count == old.count + 2)
        await fixture.engine.stop()

        fixture = try await start(clock, in: path, retentionDays: 30)
        fixture.engine.keepHouse()
        try await Patience.until { try await left(fixture) == [waiting.id, young.id] }
        #expect(try await fixture.delivery(waiting, unlucky) != nil)
        let next = try await fixture.accepted()
        let head = try await fixture.engine.feed(endpoint: endpoint.id.key, after: Int64(old.count) + 1, limit: 9)
        #expect(head.entries.map(\.message.id) == [next.id])
        await fixture.stop()
        try await receiver.stop()
        try await failing.stop()
    }
}
