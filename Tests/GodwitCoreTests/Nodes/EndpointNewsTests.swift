import GodwitCore
import Testing

@Suite("What a node learns of an endpoint, and others hear") struct EndpointNewsTests {
    typealias Scene = EngineScene

    static let policy = DeliveryPolicy(breaker: BreakerPolicy(failures: 2, pause: .seconds(30)))

    static func core() -> DeliveryEngineCore { Scene.core(policy: policy) }

    static func spread(_ effects: [Effect]) -> [EndpointNews] {
        effects.compactMap { if case .spread(1, let news) = $0 { news } else { nil } }
    }

    /// Sends that many at once, and lets them all end so.
    static func end(
        _ core: inout DeliveryEngineCore, _ outcome: AttemptOutcome, times count: Int64 = 1, at now: Instant = Scene.now
    ) -> [EndpointNews] {
        let deliveries = (0..<count).map { Scene.fresh(1, $0) }
        var news: [EndpointNews] = []
        for request in Scene.requests(core.step(.accepted(deliveries), at: now)) {
            news += spread(core.step(.requestFinished(request, outcome, took: .milliseconds(1)), at: now))
        }
        return news
    }

    @Test("a pause that the receiver asked for is told, once for all requests that were told so")
    func pauses() {
        var core = Self.core()
        #expect(Self.end(&core, Scene.answered(429, retryAfter: .seconds(60)), times: 5) == [.paused(.seconds(60))])
        var short = Self.core()
        #expect(Self.end(&short, Scene.answered(429, retryAfter: .milliseconds(999))).isEmpty)
        var shortest = Self.core()
        #expect(Self.end(&shortest, Scene.answered(429, retryAfter: .seconds(1))) == [.paused(.seconds(1))])
    }

    @Test("a node that has heard of a pause sends nothing until it is over")
    func heardPause() {
        var core = Self.core()
        _ = core.step(.heard(endpoint: 1, .paused(.seconds(60))), at: Scene.now)
        let effects = core.step(.accepted([Scene.fresh(1, 1)]), at: Scene.now)
        #expect(Scene.sent(effects).isEmpty)
        let end = Scene.now + .seconds(60)
        #expect(core.status(of: 1, at: Scene.now)?.pausedUntil == end)
        // A shorter one changes nothing.
        _ = core.step(.heard(endpoint: 1, .paused(.seconds(1))), at: Scene.now)
        let early = core.step(.woke, at: Scene.now + .milliseconds(59_999))
        #expect(Scene.sent(early).isEmpty)
        let late = core.step(.woke, at: end)
        #expect(Scene.sent(late).count == 1)
    }

    @Test("an opened breaker is told, and that the endpoint answers again")
    func opens() {
        var core = Self.core()
        let news = Self.end(&core, Scene.answered(500), times: 2)
        #expect(news.count == 1)
        guard case .opened(let span)? = news.first else {
            Issue.record("not told that it opened")
            return
        }
        #expect(Self.end(&core, Scene.answered(500), at: Scene.now + span / 2).isEmpty, "nothing is sent")
        let probe = Scene.requests(core.step(.woke, at: Scene.now + span))
        #expect(probe.count == 1)
        let answered = core.step(.requestFinished(probe[0], Scene.answered(200), took: .milliseconds(1)), at: Scene.now + span)
        #expect(Self.spread(answered) == [.answers])
    }

    @Test("a breaker opens and closes with what is heard, but a probe of our own decides")
    func heardBreaker() {
        var core = Self.core()
        _ = core.step(.heard(endpoint: 1, .opened(.seconds(30))), at: Scene.now)
        #expect(core.status(of: 1, at: Scene.now)?.breaker == .open(until: Scene.now + .seconds(30)))
        let held = core.step(.accepted([Scene.fresh(1, 1)]), at: Scene.now)
        #expect(Scene.sent(held).isEmpty)
        let closed = core.step(.heard(endpoint: 1, .answers), at: Scene.now + .seconds(3))
        #expect(Scene.sent(closed).count == 1)

        var other = Self.core()
        _ = other.step(.heard(endpoint: 1, .opened(.seconds(30))), at: Scene.now)
        let probing = other.step(.accepted([Scene.fresh(1, 1)]), at: Scene.now + .seconds(30))
        #expect(Scene.sent(probing).count == 1)
        _ = other.step(.heard(endpoint: 1, .opened(.seconds(60))), at: Scene.now + .seconds(30))
        #expect(other.status(of: 1, at: Scene.now)?.breaker == .probing)
    }

    @Test("what is heard of an endpoint that isn't there is nothing")
    func unknown() {
        var core = Self.core()
        let nothing = core.step(.heard(endpoint: 7, .answers), at: Scene.now)
        #expect(nothing.isEmpty)
    }

    @Test("an endpoint that answers another node is not failing")
    func failing() {
        var policy = Self.policy
        policy.disableAfter = .seconds(1000)
        policy.breaker = BreakerPolicy(failures: nil)
        var core = Scene.core(policy: policy)
        _ = Self.end(&core, Scene.answered(500))
        _ = core.step(.heard(endpoint: 1, .answers), at: Scene.now + .seconds(900))
        let wire = Scene.sent(core.step(.accepted([Scene.fresh(1, 9)]), at: Scene.now + .seconds(1001)))
        let effects = core.step(
            .requestFinished(wire, Scene.answered(500), took: .milliseconds(1)), at: Scene.now + .seconds(1001))
        #expect(!effects.contains { if case .disable = $0 { true } else { false } })
    }
}
