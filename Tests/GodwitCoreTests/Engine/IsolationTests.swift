import GodwitCore
import Testing

/// What one endpoint does must cost the others nothing, and a receiver in trouble is left alone.
@Suite("The engine's core isolates endpoints") struct IsolationTests {
    private static let now = EngineScene.now
    private static let failure = AttemptOutcome.failed(TransportFailure(.connectFailed, ""))

    private func policy(_ breaker: BreakerPolicy = BreakerPolicy(failures: nil)) -> DeliveryPolicy {
        DeliveryPolicy(breaker: breaker)
    }

    @Test("gives applications turns: one with many endpoints gets no more than one with a single one")
    func applications() {
        var core = EngineScene.core(endpoints: [], inFlight: 20, perEndpoint: 20)
        for endpoint in Int64(1)...10 {
            _ = core.step(.endpointChanged(EngineScene.profile(endpoint, application: endpoint == 10 ? 2 : 1)), at: Self.now)
        }
        var wire = EngineScene.sent(
            core.step(.accepted((1...9).flatMap { e in (0..<20).map { EngineScene.fresh(e, e * 100 + $0) } }), at: Self.now))
        wire += EngineScene.sent(
            core.step(.accepted((0..<60).map { EngineScene.fresh(10, 5000 + $0, application: 2) }), at: Self.now))
        var next: [HeldDelivery] = []
        // Every lane has one by right of having none; then applications take turns.
        while !wire.isEmpty, next.count < 40 {
            let done = wire.removeFirst()
            let sent = EngineScene.sent(
                core.step(.requestFinished([done], EngineScene.answered(200), took: .milliseconds(1)), at: Self.now))
            next += sent
            wire += sent
        }
        let ofSecond = next.count { $0.endpoint == 10 }
        #expect((15...25).contains(ofSecond))
    }

    @Test("opens the breaker after as many failures in a row as the policy says, and not one earlier")
    func breakerOpens() throws {
        var core = EngineScene.core(policy: policy(BreakerPolicy(failures: 3, pause: .seconds(1))), perEndpoint: 1)
        var wire = EngineScene.sent(core.step(.accepted((1...10).map { EngineScene.fresh(1, $0) }), at: Self.now))
        for failure in 1...3 {
            let delivery = try #require(wire.first)
            wire = EngineScene.sent(core.step(.requestFinished([delivery], Self.failure, took: .milliseconds(1)), at: Self.now))
            #expect(wire.isEmpty == (failure == 3))
        }
        #expect(core.status(of: 1, at: Self.now)?.breaker == .open(until: Self.now + .seconds(1)))
        // What waits spends no attempt, and comes as one probe.
        let early = core.step(.woke, at: Self.now + .milliseconds(999))
        #expect(EngineScene.sent(early).isEmpty)
        let probe = EngineScene.sent(core.step(.woke, at: Self.now + .seconds(1)))
        #expect(probe.map(\.attemptNumber) == [1])
        #expect(core.status(of: 1, at: Self.now)?.breaker == .probing)
        // The probe fails: twice the pause.
        _ = core.step(.requestFinished(probe, Self.failure, took: .milliseconds(1)), at: Self.now + .seconds(1))
        #expect(core.status(of: 1, at: Self.now)?.breaker == .open(until: Self.now + .seconds(3)))
        let second = EngineScene.sent(core.step(.woke, at: Self.now + .seconds(3)))
        let rest = EngineScene.sent(
            core.step(.requestFinished(second, EngineScene.answered(200), took: .milliseconds(1)), at: Self.now + .seconds(3)))
        #expect(rest.count == 1)
        #expect(core.status(of: 1, at: Self.now)?.breaker == .closed)
    }

    @Test("counts failures in a row only: a success between them starts again")
    func breakerResets() {
        var core = EngineScene.core(policy: policy(BreakerPolicy(failures: 2)), perEndpoint: 1)
        var wire = EngineScene.sent(core.step(.accepted((1...10).map { EngineScene.fresh(1, $0) }), at: Self.now))
        for status: UInt16 in [500, 200, 500, 200, 500] {
            wire = EngineScene.sent(
                core.step(.requestFinished(wire, EngineScene.answered(status), took: .milliseconds(1)), at: Self.now))
            #expect(wire.count == 1)
        }
    }

    @Test("pauses the whole endpoint for Retry-After, without spending an attempt of what waits")
    func retryAfter() {
        var core = EngineScene.core(policy: policy(), perEndpoint: 1)
        let wire = EngineScene.sent(core.step(.accepted([EngineScene.fresh(1, 1), EngineScene.fresh(1, 2)]), at: Self.now))
        let effects = core.step(
            .requestFinished(wire, EngineScene.answered(429, retryAfter: .seconds(60)), took: .milliseconds(1)), at: Self.now)
        #expect(EngineScene.sent(effects).isEmpty)
        #expect(EngineScene.wake(effects) == Self.now + .seconds(60))
        #expect(core.status(of: 1, at: Self.now)?.pausedUntil == Self.now + .seconds(60))
        let fresh = core.step(.accepted([EngineScene.fresh(1, 3)]), at: Self.now + .seconds(30))
        #expect(EngineScene.sent(fresh).isEmpty && EngineScene.givenUp(fresh).isEmpty)
        let resumed = EngineScene.sent(core.step(.woke, at: Self.now + .seconds(60)))
        #expect(resumed.map(\.attemptNumber) == [1])
    }

    @Test("ends pause and breaker when somebody changes the endpoint")
    func changeResumes() {
        var core = EngineScene.core(policy: policy(), perEndpoint: 1)
        let wire = EngineScene.sent(core.step(.accepted([EngineScene.fresh(1, 1), EngineScene.fresh(1, 2)]), at: Self.now))
        _ = core.step(
            .requestFinished(wire, EngineScene.answered(503, retryAfter: .seconds(60)), took: .milliseconds(1)), at: Self.now)
        let unchanged = core.step(.endpointChanged(EngineScene.profile(1, policy: policy())), at: Self.now)
        #expect(EngineScene.sent(unchanged).isEmpty)
        let changed = core.step(
            .endpointChanged(EngineScene.profile(1, policy: policy(), updatedAt: Self.now + .seconds(1))), at: Self.now)
        #expect(EngineScene.sent(changed).map(\.message.id.key) == [2])
    }

    @Test("holds few requests of an endpoint that hangs, and learns how many a healthy one takes")
    func concurrency() {
        var core = EngineScene.core(policy: policy(), inFlight: 1000, perEndpoint: 64)
        var wire = EngineScene.sent(core.step(.accepted((0..<500).map { EngineScene.fresh(1, $0) }), at: Self.now))
        let first = wire.count
        #expect(first < 64)
        for _ in 0..<200 {
            let done = wire.removeFirst()
            wire += EngineScene.sent(
                core.step(.requestFinished([done], EngineScene.answered(200), took: .milliseconds(2)), at: Self.now))
        }
        #expect(wire.count == 64)
        var later = Self.now
        for _ in 0..<60 {
            later = later + .milliseconds(200)
            let done = wire.removeFirst()
            wire += EngineScene.sent(core.step(.requestFinished([done], Self.failure, took: .seconds(15)), at: later))
        }
        #expect(core.status(of: 1, at: later)?.concurrency == 1)
    }

    @Test("bounds the requests to one host over all endpoints, and gives each place to one that can use it")
    func host() {
        var core = EngineScene.core(endpoints: [1, 2, 3], perHost: 2)
        _ = core.step(.endpointChanged(EngineScene.profile(4, host: "b")), at: Self.now)
        let wire = EngineScene.sent(core.step(.accepted((1...4).map { EngineScene.fresh($0, $0) }), at: Self.now))
        #expect(wire.map(\.endpoint) == [1, 2, 4])
        _ = core.step(.endpointDeleted(endpoint: 3), at: Self.now)
        _ = core.step(.accepted([EngineScene.fresh(2, 9)]), at: Self.now)
        let next = EngineScene.sent(
            core.step(.requestFinished([wire[0]], EngineScene.answered(200), took: .milliseconds(1)), at: Self.now))
        #expect(next.map(\.endpoint) == [2])
    }

    @Test("gives the place of a deleted or moved endpoint to one that waits for the host", arguments: [true, false])
    func hostLeft(deleted: Bool) {
        var core = EngineScene.core(endpoints: [1, 2], perHost: 1)
        let wire = EngineScene.sent(core.step(.accepted([EngineScene.fresh(1, 1), EngineScene.fresh(2, 2)]), at: Self.now))
        #expect(wire.map(\.endpoint) == [1])
        let left = core.step(
            deleted ? .endpointDeleted(endpoint: 1) : .endpointChanged(EngineScene.profile(1, host: "b")), at: Self.now)
        #expect(EngineScene.sent(left).map(\.endpoint) == [2])
        let ended = core.step(.requestFinished(wire, EngineScene.answered(200), took: .milliseconds(1)), at: Self.now)
        #expect(EngineScene.sent(ended).isEmpty)
    }

    @Test("sends to an endpoint that waited for its former host and was moved to another one")
    func movedWhileWaiting() {
        var core = EngineScene.core(endpoints: [1, 2], perHost: 1)
        _ = core.step(.accepted([EngineScene.fresh(1, 1), EngineScene.fresh(2, 2)]), at: Self.now)
        let moved = core.step(.endpointChanged(EngineScene.profile(2, host: "b")), at: Self.now)
        #expect(EngineScene.sent(moved).map(\.endpoint) == [2])
    }

    @Test("hands a place at the host on when the one that was let in can't use it")
    func placeHandedOn() {
        var core = EngineScene.core(endpoints: [1, 2], perHost: 1)
        _ = core.step(.endpointChanged(EngineScene.profile(3, application: 2)), at: Self.now)
        let wire = EngineScene.sent(
            core.step(
                .accepted([EngineScene.fresh(1, 1), EngineScene.fresh(3, 3, application: 2), EngineScene.fresh(2, 2)]),
                at: Self.now))
        #expect(wire.map(\.endpoint) == [1])
        _ = core.step(.applicationChanged(application: 2, isLimited: true), at: Self.now)
        let next = core.step(.requestFinished(wire, EngineScene.answered(200), took: .milliseconds(1)), at: Self.now)
        #expect(EngineScene.sent(next).map(\.endpoint) == [2])
    }

    @Test("gives its place to another when an endpoint that waits for more moves to another host")
    func movedWithMore() {
        var core = EngineScene.core(endpoints: [1, 2], perHost: 1)
        _ = core.step(
            .accepted([EngineScene.fresh(1, 1), EngineScene.fresh(1, 4), EngineScene.fresh(2, 2)]), at: Self.now)
        let moved = core.step(.endpointChanged(EngineScene.profile(1, host: "b")), at: Self.now)
        #expect(EngineScene.sent(moved).map(\.endpoint).contains(2))
    }

    @Test("claims what waits in the store when everything in memory has expired")
    func allExpired() {
        var core = EngineScene.core(policy: policy(), perEndpoint: 1)
        let timing = MessageTiming(doNotDeliverAfter: Self.now + .seconds(30))
        let window = (0..<Limits.heldDeliveriesPerEndpoint).map { EngineScene.fresh(1, Int64($0), timing: timing) }
        let wire = EngineScene.sent(core.step(.accepted(window), at: Self.now))
        let full = core.step(.waiting(endpoint: 1, due: Self.now), at: Self.now)
        #expect(EngineScene.claims(full).isEmpty)
        _ = core.step(
            .requestFinished(wire, EngineScene.answered(429, retryAfter: .seconds(60)), took: .milliseconds(1)), at: Self.now)
        let late = core.step(.woke, at: Self.now + .seconds(60))
        #expect(EngineScene.sent(late).isEmpty)
        #expect(EngineScene.claims(late) == [1])
    }

    @Test("lets first attempts and retries take turns")
    func retriesDontStarve() {
        var core = EngineScene.core(perEndpoint: 1)
        let old = (0..<50).map { EngineScene.fresh(1, $0, attempts: 1) }
        var wire = EngineScene.sent(core.step(.claimed(endpoint: 1, old, nextDue: nil, lastLine: .min), at: Self.now))
        _ = core.step(.accepted((100..<110).map { EngineScene.fresh(1, $0) }), at: Self.now)
        var order: [Int64] = []
        for _ in 0..<20 {
            wire = EngineScene.sent(
                core.step(.requestFinished(wire, EngineScene.answered(200), took: .milliseconds(1)), at: Self.now))
            order += wire.map(\.message.id.key)
        }
        #expect(order.count { $0 >= 100 } == 10)
    }

    @Test("announces at half of the span that an endpoint will be disabled, and disables it at its end")
    func disabling() {
        let policy = DeliveryPolicy(breaker: BreakerPolicy(failures: nil), disableAfter: .seconds(1000))
        var core = EngineScene.core(policy: policy, schedule: [], perEndpoint: 1)
        func fail(_ message: Int64, at seconds: Int) -> [Effect] {
            let wire = EngineScene.sent(core.step(.accepted([EngineScene.fresh(1, message)]), at: Self.now + .seconds(seconds)))
            return core.step(.requestFinished(wire, Self.failure, took: .milliseconds(1)), at: Self.now + .seconds(seconds))
        }
        func announces(_ effects: [Effect]) -> Bool {
            effects.contains { if case .announceDisabling = $0 { true } else { false } }
        }
        func disables(_ effects: [Effect]) -> Bool {
            effects.contains { if case .disable(1, .failing, let span?) = $0 { span.since == Self.now } else { false } }
        }
        let first = fail(1, at: 0)
        #expect(!announces(first))
        let before = fail(2, at: 499)
        #expect(!announces(before))
        let half = fail(3, at: 500)
        #expect(announces(half))
        let again = fail(4, at: 999)
        #expect(!announces(again) && !disables(again))
        let end = fail(5, at: 1000)
        #expect(disables(end))
    }

    @Test("remembers over a restart since when an endpoint fails, and forgets it with a success")
    func failingSpan() {
        let policy = DeliveryPolicy(breaker: BreakerPolicy(failures: nil), disableAfter: .seconds(1000))
        var core = EngineScene.core(endpoints: [], schedule: [], perEndpoint: 1)
        let span = FailingSpan(since: Self.now + .seconds(-600), isAnnounced: true)
        _ = core.step(.endpointChanged(EngineScene.profile(1, policy: policy, failing: span)), at: Self.now)
        let wire = EngineScene.sent(core.step(.accepted([EngineScene.fresh(1, 1)]), at: Self.now))
        let effects = core.step(.requestFinished(wire, EngineScene.answered(200), took: .milliseconds(1)), at: Self.now)
        #expect(effects.contains { if case .noteFailing(1, nil) = $0 { true } else { false } })
    }
}
