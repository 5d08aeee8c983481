import GodwitCore
import Testing

@Suite("The engine's core keeps lines in order") struct OrderTests {
    private static let now = EngineScene.now
    private static let policy = DeliveryPolicy(order: .fifo(.orderingKey, .block), breaker: BreakerPolicy(failures: nil))

    /// Lane 1 with this in its hands.
    private func claimed(_ deliveries: [HeldDelivery], _ core: inout DeliveryEngineCore) -> [HeldDelivery] {
        EngineScene.sent(core.step(.claimed(endpoint: 1, deliveries, nextDue: nil, lastLine: .min), at: Self.now))
    }

    @Test("sends one of each line at a time, and different lines beside each other")
    func lines() {
        var core = EngineScene.core(policy: Self.policy)
        let run = (1...3).map { EngineScene.fresh(1, $0, line: 7) } + (4...5).map { EngineScene.fresh(1, $0, line: 8) }
        var wire = claimed(run, &core)
        #expect(wire.map(\.sequence) == [1, 4])
        wire = EngineScene.sent(
            core.step(.requestFinished([wire[0]], EngineScene.answered(200), took: .milliseconds(1)), at: Self.now))
        #expect(wire.map(\.sequence) == [2])
    }

    @Test("gives back what is behind a failure, in its order, and goes on with other lines")
    func failure() {
        var core = EngineScene.core(policy: Self.policy)
        let wire = claimed((1...3).map { EngineScene.fresh(1, $0, line: 7) } + [EngineScene.fresh(1, 4, line: 8)], &core)
        let effects = core.step(
            .requestFinished([wire[0]], EngineScene.answered(500), took: .milliseconds(1)), at: Self.now)
        #expect(EngineScene.givenUp(effects).map(\.delivery.message) == [2, 3])
        #expect(EngineScene.givenUp(effects).allSatisfy { $0.machine.line == 7 })
        #expect(EngineScene.recorded(effects).first?.machine.line == 7)
        #expect(EngineScene.sent(effects).isEmpty)
        #expect(core.heldCount == 1)
    }

    @Test("goes on behind one that left its line by the rule")
    func skip() {
        let policy = DeliveryPolicy(order: .fifo(nil, .skip(afterAttempts: 1)), breaker: BreakerPolicy(failures: nil))
        var core = EngineScene.core(policy: policy)
        let wire = claimed([EngineScene.fresh(1, 1, line: 0), EngineScene.fresh(1, 2, line: 0)], &core)
        let effects = core.step(.requestFinished(wire, EngineScene.answered(500), took: .milliseconds(1)), at: Self.now)
        #expect(EngineScene.sent(effects).map(\.sequence) == [2])
        #expect(EngineScene.recorded(effects).first?.machine.line == nil)
    }

    @Test("goes on behind one that expired or was cancelled in memory")
    func expiry() {
        var core = EngineScene.core(policy: Self.policy)
        let late = MessageTiming(doNotDeliverAfter: Self.now + .milliseconds(-1))
        let wire = claimed([EngineScene.fresh(1, 1, line: 7, timing: late), EngineScene.fresh(1, 2, line: 7)], &core)
        #expect(wire.map(\.sequence) == [2])
        _ = core.step(.claimed(endpoint: 1, [EngineScene.fresh(1, 3, line: 7)], nextDue: nil, lastLine: .min), at: Self.now)
        _ = core.step(.messageCancelled(message: 3, endpoint: 1), at: Self.now)
        #expect(core.heldCount == 1)
    }

    @Test("puts several of one line in a batch, in their order, and retries what the reply names before anything later")
    func batches() throws {
        let policy = DeliveryPolicy(
            order: .fifo(.orderingKey, .block), batch: BatchPolicy(maxMessages: 3, maxWait: .zero, format: .jsonArray),
            breaker: BreakerPolicy(failures: nil))
        var core = EngineScene.core(policy: policy)
        let effects = core.step(
            .claimed(endpoint: 1, (1...5).map { EngineScene.fresh(1, $0, line: 7) }, nextDue: nil, lastLine: .min), at: Self.now
        )
        let batch = try #require(EngineScene.requests(effects).first)
        #expect(batch.map(\.sequence) == [1, 2, 3])
        let body = #"{"failed":["\#(batch[1].message.id)"]}"#
        let ended = core.step(
            .requestFinished(batch, EngineScene.answered(200, body: body), took: .milliseconds(1)), at: Self.now)
        #expect(EngineScene.recorded(ended).map { $0.machine.state.isFinished } == [true, false, true])
        #expect(EngineScene.givenUp(ended).map(\.delivery.message) == [4, 5])
    }

    @Test(
        "accepts nothing of a reply whose list it can't read, and all of a reply without one",
        arguments: [
            (#"{"failed":[{"id":"msg_1"}]}"#, false), (#"{"accepted":[1]}"#, false), (#"{"failed":[]}"#, true), ("", true),
            ("thanks", true), (#"{"failed":0}"#, true), (#"{"ok":true}"#, true),
            (#"{"failed":[""# + String(repeating: "x", count: Limits.responseBodyBytesKeptMax), false),
            ("<p>" + String(repeating: "x", count: Limits.responseBodyBytesKeptMax), true),
        ])
    func replies(body: String, accepted: Bool) {
        let policy = DeliveryPolicy(batch: BatchPolicy(maxMessages: 2, maxWait: .zero, format: .jsonArray))
        var core = EngineScene.core(policy: policy)
        let batch = EngineScene.sent(core.step(.accepted([EngineScene.fresh(1, 1), EngineScene.fresh(1, 2)]), at: Self.now))
        let ended = core.step(
            .requestFinished(batch, EngineScene.answered(200, body: body), took: .milliseconds(1)), at: Self.now)
        #expect(EngineScene.recorded(ended).allSatisfy { $0.machine.state.isFinished == accepted })
        #expect(EngineScene.recorded(ended).count == 2)
    }

    @Test("waits for company as long as the policy says, and not when the batch is full")
    func batchWait() {
        let policy = DeliveryPolicy(
            batch: BatchPolicy(maxMessages: 3, maxWait: .milliseconds(100), format: .ndjson),
            breaker: BreakerPolicy(failures: nil))
        var core = EngineScene.core(policy: policy)
        let first = core.step(.accepted([EngineScene.fresh(1, 1)]), at: Self.now)
        #expect(EngineScene.sent(first).isEmpty)
        #expect(EngineScene.wake(first) == Self.now + .milliseconds(100))
        let full = core.step(.accepted([EngineScene.fresh(1, 2), EngineScene.fresh(1, 3)]), at: Self.now)
        #expect(EngineScene.requests(full).map(\.count) == [3])
        _ = core.step(.accepted([EngineScene.fresh(1, 4)]), at: Self.now + .milliseconds(50))
        let late = core.step(.woke, at: Self.now + .milliseconds(150))
        #expect(EngineScene.requests(late).map(\.count) == [1])
    }
}
