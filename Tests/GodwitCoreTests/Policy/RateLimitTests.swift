import GodwitCore
import Testing

@Suite("A rate limit") struct RateLimitTests {
    private static let now = EngineScene.now

    @Test(
        "lets through what it says in a long run, and never more than a tenth of a second's worth beyond",
        arguments: [
            (RateLimit(perSecond: 50), 60, 3000), (RateLimit(perMinute: 30), 600, 300), (RateLimit(perHour: 3600), 100, 100),
        ])
    func rate(limit: RateLimit, seconds: Int, expected: Int) {
        var buckets = TokenBuckets(limit, at: Self.now)
        var at = Self.now
        var taken = 0
        let end = Self.now + .seconds(seconds)
        while at < end {
            if let ready = buckets.take(at: at) {
                #expect(ready > at)
                at = ready
            } else {
                taken += 1
            }
        }
        let burst = max(1, (limit.perSecond ?? 0) / 10)
        #expect((expected - 1...expected + burst).contains(taken))
    }

    @Test("is as strict as its strictest span")
    func several() {
        var buckets = TokenBuckets(RateLimit(perSecond: 100, perMinute: 60), at: Self.now)
        let first = buckets.take(at: Self.now)
        let second = buckets.take(at: Self.now)
        #expect(first == nil)
        #expect(second == Self.now + .seconds(1))
    }

    @Test("doesn't save up an idle hour")
    func smooth() {
        var buckets = TokenBuckets(RateLimit(perSecond: 100), at: Self.now)
        let later = Self.now + .seconds(3600)
        var taken = 0
        while buckets.take(at: later) == nil { taken += 1 }
        #expect(taken == 10)
    }

    @Test("goes on at its rate when the clock is put back")
    func clock() {
        var buckets = TokenBuckets(RateLimit(perSecond: 10), at: Self.now)
        let before = buckets.take(at: Self.now)
        let back = Self.now + .seconds(-90)
        let ready = buckets.take(at: back)
        #expect(before == nil && ready == back + .milliseconds(100))
    }

    @Test("holds an endpoint's lane to its rate and its number of requests at a time")
    func lane() {
        let limit = RateLimit(perSecond: 10, concurrent: 1)
        var core = EngineScene.core(policy: DeliveryPolicy(rateLimit: limit))
        var effects = core.step(.accepted((0..<20).map { EngineScene.fresh(1, $0) }), at: Self.now)
        #expect(EngineScene.sent(effects).count == 1)
        effects = core.step(
            .requestFinished(EngineScene.sent(effects), EngineScene.answered(200), took: .milliseconds(1)), at: Self.now)
        #expect(EngineScene.sent(effects).isEmpty)
        #expect(EngineScene.wake(effects) == Self.now + .milliseconds(100))
        effects = core.step(.woke, at: Self.now + .milliseconds(100))
        #expect(EngineScene.sent(effects).count == 1)
    }

    @Test("asks for an application's permits, uses them, and gives back what no lane can use")
    func permits() {
        var core = EngineScene.core(endpoints: [1, 2])
        _ = core.step(.applicationChanged(application: 1, isLimited: true), at: Self.now)
        let asking = core.step(.accepted((0..<3).map { EngineScene.fresh(1, $0) }), at: Self.now)
        #expect(asking.contains { if case .askPermits(1, Limits.permitsAsked) = $0 { true } else { false } })
        #expect(EngineScene.sent(asking).isEmpty)
        let granted = core.step(.permitted(application: 1, 2), at: Self.now)
        #expect(EngineScene.sent(granted).count == 2)
        #expect(granted.contains { if case .askPermits(1, Limits.permitsAsked) = $0 { true } else { false } })
        let surplus = core.step(.permitted(application: 1, 5), at: Self.now)
        #expect(EngineScene.sent(surplus).count == 1)
        #expect(surplus.contains { if case .returnPermits(1, 4) = $0 { true } else { false } })
        let ended = core.step(
            .requestFinished(EngineScene.sent(surplus), EngineScene.answered(200), took: .milliseconds(1)), at: Self.now)
        #expect(ended.contains { if case .permitEnded(1) = $0 { true } else { false } })
    }

    @Test("asks again when an application's limit was taken away and set again")
    func limitAgain() {
        var core = EngineScene.core()
        _ = core.step(.applicationChanged(application: 1, isLimited: true), at: Self.now)
        _ = core.step(.accepted([EngineScene.fresh(1, 1)]), at: Self.now)
        let unlimited = core.step(.applicationChanged(application: 1, isLimited: false), at: Self.now)
        #expect(EngineScene.sent(unlimited).count == 1)
        _ = core.step(.applicationChanged(application: 1, isLimited: true), at: Self.now)
        let asking = core.step(.accepted([EngineScene.fresh(1, 2)]), at: Self.now)
        #expect(asking.contains { if case .askPermits(1, Limits.permitsAsked) = $0 { true } else { false } })
    }

    @Test("counts an application's requests on the wire until they end or are given back")
    func budget() {
        var budget = ApplicationBudget(RateLimit(concurrent: 3), at: Self.now)
        let first = budget.grant(5, at: Self.now)
        let second = budget.grant(1, at: Self.now)
        #expect(first.permits == 3 && second.permits == 0 && second.askAgain == nil)
        budget.ended(1)
        budget.giveBack(1)
        let third = budget.grant(5, at: Self.now)
        #expect(third.permits == 2)
    }
}
