import GodwitCore
import Testing

/// The core as a caller sees it: events in, effects out, no clock and no I/O.
@Suite("The engine's core") struct DeliveryEngineCoreTests {
    static let now = EngineScene.now

    private func core(
        endpoints: [Int64] = [1], schedule: [Duration] = [.seconds(5)], inFlight: Int = 100, perEndpoint: Int = 10
    ) -> DeliveryEngineCore {
        EngineScene.core(endpoints: endpoints, schedule: schedule, inFlight: inFlight, perEndpoint: perEndpoint)
    }

    private func fresh(_ endpoint: Int64, _ message: Int64, payload: Int = 10) -> HeldDelivery {
        EngineScene.fresh(endpoint, message, payload: payload)
    }

    private func sent(_ effects: [Effect]) -> [HeldDelivery] { EngineScene.sent(effects) }
    private func givenUp(_ effects: [Effect]) -> [Transition] { EngineScene.givenUp(effects) }
    private func claims(_ effects: [Effect]) -> [Int64] { EngineScene.claims(effects) }
    private func answered(_ status: UInt16) -> AttemptOutcome { EngineScene.answered(status) }

    @Test("sends a fresh delivery at once and records its success")
    func success() throws {
        var core = core()
        let sending = sent(core.step(.accepted([fresh(1, 7)]), at: Self.now))
        let delivery = try #require(sending.first)
        #expect(delivery.attemptNumber == 1)
        let effects = core.step(.requestFinished([delivery], answered(204), took: .milliseconds(5)), at: Self.now)
        guard case .record(let transition, _, _, let succeeded)? = effects.first else {
            return #expect(Bool(false), "no record")
        }
        #expect(succeeded)
        #expect(transition.machine.state == .delivered(at: Self.now))
        #expect(core.heldCount == 0 && core.inFlight == 0)
    }

    @Test("asks to be woken for a retry, and claims it then")
    func retry() throws {
        var core = core()
        let sending1 = sent(core.step(.accepted([fresh(1, 7)]), at: Self.now))
        let delivery = try #require(sending1.first)
        let effects = core.step(.requestFinished([delivery], answered(500), took: .milliseconds(5)), at: Self.now)
        guard case .wake(let due)? = effects.last else { return #expect(Bool(false), "no wake") }
        #expect(due >= Self.now + .seconds(4) && due <= Self.now + .seconds(6))
        let early = core.step(.woke, at: due + .milliseconds(-1))
        #expect(claims(early).isEmpty)
        let onTime = core.step(.woke, at: due)
        #expect(claims(onTime) == [1])
    }

    @Test("takes turns between endpoints: one with a thousand deliveries doesn't hold up another")
    func fairness() {
        var core = core(endpoints: [1, 2, 3], inFlight: 6, perEndpoint: 6)
        let first = sent(core.step(.accepted((0..<1000).map { fresh(1, 1000 + $0) }), at: Self.now))
        #expect(first.count == 6)
        // All places are taken; who has none gets one all the same.
        let late = sent(core.step(.accepted([fresh(2, 1), fresh(2, 2), fresh(3, 3), fresh(3, 4)]), at: Self.now))
        #expect(late.map(\.endpoint) == [2, 3])
        var next: [HeldDelivery] = []
        for delivery in first {
            next += sent(core.step(.requestFinished([delivery], answered(200), took: .milliseconds(5)), at: Self.now))
        }
        #expect(Set(next.map(\.endpoint)) == [1, 2, 3])
    }

    @Test("gives every endpoint a request of its own only until twice the bound is on the wire")
    func idleBound() {
        var core = core(endpoints: Array(1...10), inFlight: 3, perEndpoint: 3)
        let sending = sent(core.step(.accepted((1...10).map { fresh($0, $0) }), at: Self.now))
        #expect(sending.count == 6)
    }

    @Test("never has more requests on the wire than allowed, per endpoint and in all")
    func concurrency() {
        var core = core(endpoints: [1, 2, 3], inFlight: 12, perEndpoint: 5)
        let deliveries = (0..<60).map { fresh(Int64($0 % 3) + 1, Int64($0)) }
        let sending = sent(core.step(.accepted(deliveries), at: Self.now))
        #expect(sending.count == 12)
        #expect(Dictionary(grouping: sending, by: \.endpoint).values.allSatisfy { $0.count <= 5 })
    }

    @Test("leaves in the store what exceeds an endpoint's window, and takes it up again when there is room")
    func overflow() {
        var core = core(perEndpoint: 1)
        let window = Limits.heldDeliveriesPerEndpoint
        let full = core.step(.accepted((0..<window).map { fresh(1, Int64($0)) }), at: Self.now)
        #expect(full.contains { if case .overflow(1, true) = $0 { true } else { false } })
        #expect(givenUp(full).isEmpty)
        let late = core.step(.accepted([fresh(1, 9999)]), at: Self.now)
        #expect(givenUp(late).map(\.machine.state) == [.waiting(due: Self.now)])
        #expect(core.heldCount == window)

        var current = sent(full)
        var claimed = false
        for _ in 0..<window where !claimed {
            let effects = core.step(.requestFinished([current[0]], answered(200), took: .milliseconds(5)), at: Self.now)
            claimed = !claims(effects).isEmpty
            current = sent(effects)
        }
        #expect(claimed)
        let done = core.step(.claimed(endpoint: 1, [fresh(1, 9999)], nextDue: nil, lastLine: .min), at: Self.now)
        #expect(done.contains { if case .overflow(1, false) = $0 { true } else { false } })
    }

    @Test("keeps a retry in mind that falls due while a claim is on its way")
    func retryDuringClaim() throws {
        var core = core(schedule: [.seconds(5)])
        let sending2 = sent(core.step(.accepted([fresh(1, 7)]), at: Self.now))
        let delivery = try #require(sending2.first)
        let effects3 = core.step(.waiting(endpoint: 1, due: Self.now), at: Self.now)
        #expect(claims(effects3) == [1])
        _ = core.step(.requestFinished([delivery], answered(500), took: .milliseconds(5)), at: Self.now)
        _ = core.step(.claimed(endpoint: 1, [], nextDue: nil, lastLine: .min), at: Self.now)
        let effects4 = core.step(.woke, at: Self.now + .seconds(10))
        #expect(claims(effects4) == [1])
    }

    @Test("tries a claim again a second after it failed")
    func failedClaim() {
        var core = core()
        let effects5 = core.step(.waiting(endpoint: 1, due: Self.now), at: Self.now)
        #expect(claims(effects5) == [1])
        let failed = core.step(.claimFailed(endpoint: 1), at: Self.now)
        #expect(claims(failed).isEmpty)
        let effects6 = core.step(.woke, at: Self.now + .seconds(1))
        #expect(claims(effects6) == [1])
    }

    @Test("sends nothing to a disabled endpoint, keeps its deliveries waiting, and resumes when it is enabled")
    func disabled() {
        var core = core(perEndpoint: 1)
        _ = core.step(.accepted([fresh(1, 1), fresh(1, 2)]), at: Self.now)
        let effects = core.step(.endpointChanged(EngineScene.profile(1, disabled: true)), at: Self.now)
        #expect(givenUp(effects).map(\.delivery.message) == [2])
        #expect(givenUp(effects).map(\.machine.state) == [.waiting(due: Self.now)])
        let effects7 = core.step(.woke, at: Self.now + .seconds(100))
        #expect(claims(effects7).isEmpty)
        let enabled = core.step(.endpointChanged(EngineScene.profile(1)), at: Self.now + .seconds(100))
        #expect(claims(enabled) == [1])
    }

    @Test("cancels what is queued for a deleted endpoint, and what arrives for it later")
    func deleted() throws {
        var core = core(schedule: [.seconds(1)], perEndpoint: 1)
        let sending8 = sent(core.step(.accepted([fresh(1, 1), fresh(1, 2)]), at: Self.now))
        let wire = try #require(sending8.first)
        let effects9 = core.step(.endpointDeleted(endpoint: 1), at: Self.now)
        #expect(givenUp(effects9).map(\.machine.state) == [.cancelled(at: Self.now)])
        let late = core.step(.accepted([fresh(1, 3)]), at: Self.now)
        #expect(sent(late).isEmpty)
        #expect(givenUp(late).map(\.machine.state) == [.cancelled(at: Self.now)])
        let failed = core.step(.requestFinished([wire], answered(500), took: .milliseconds(5)), at: Self.now)
        guard case .record(let transition, _, _, _)? = failed.first else { return #expect(Bool(false), "no record") }
        #expect(transition.machine.state == .cancelled(at: Self.now))
    }

    @Test("disables an endpoint whose receiver answers 410, once")
    func gone() {
        var core = core(perEndpoint: 2)
        let wire = sent(core.step(.accepted([fresh(1, 1), fresh(1, 2), fresh(1, 3)]), at: Self.now))
        let first = core.step(.requestFinished([wire[0]], answered(410), took: .milliseconds(5)), at: Self.now)
        #expect(first.contains { if case .disable(1, .gone, nil) = $0 { true } else { false } })
        #expect(givenUp(first).map(\.delivery.message) == [3])
        let second = core.step(.requestFinished([wire[1]], answered(410), took: .milliseconds(5)), at: Self.now)
        #expect(!second.contains { if case .disable = $0 { true } else { false } })
    }

    @Test("hands back what is queued when it stops, and is drained once the wire is empty")
    func shutdown() throws {
        var core = core(perEndpoint: 1)
        let sending10 = sent(core.step(.accepted([fresh(1, 1), fresh(1, 2)]), at: Self.now))
        let wire = try #require(sending10.first)
        let stopping = core.step(.shutdown, at: Self.now)
        #expect(givenUp(stopping).map(\.delivery.message) == [2])
        #expect(!stopping.contains { if case .drained = $0 { true } else { false } })
        let late = core.step(.accepted([fresh(1, 3)]), at: Self.now)
        #expect(sent(late).isEmpty && givenUp(late).count == 1)
        let last = core.step(.requestFinished([wire], answered(200), took: .milliseconds(5)), at: Self.now)
        #expect(last.contains { if case .drained = $0 { true } else { false } })
    }

    @Test("holds no more payload of one endpoint than its share, and always something of another")
    func payloadBytes() {
        var core = core(endpoints: [1, 2], perEndpoint: 1)
        let share = Limits.heldPayloadBytesPerEndpoint
        let filling = core.step(.accepted((0..<8).map { fresh(1, Int64($0), payload: share / 8) }), at: Self.now)
        #expect(givenUp(filling).isEmpty)
        let excess = core.step(.accepted([fresh(1, 8, payload: 1), fresh(2, 9, payload: share)]), at: Self.now)
        #expect(givenUp(excess).map(\.delivery) == [DeliveryKey(message: 8, endpoint: 1)])
        #expect(sent(excess).map(\.endpoint) == [2])
        // What was handed back is not claimed while the share is used up.
        let later = core.step(.woke, at: Self.now + .seconds(5))
        #expect(claims(later).isEmpty)
    }

    @Test("sets memory aside for what claims may bring, so that a restart with many backlogs stays within it")
    func claimedBytes() {
        let endpoints = Array(Int64(1)...100)
        var core = core(endpoints: endpoints)
        var claimed = 0
        for endpoint in endpoints {
            let effects = core.step(.waiting(endpoint: endpoint, due: Self.now), at: Self.now)
            claimed += claims(effects).count
        }
        #expect(claimed > 0)
        #expect(claimed * Limits.claimedPayloadBytes <= 2 * Limits.heldPayloadBytes)
        // An answered claim gives back what it didn't need.
        let answered = core.step(.claimed(endpoint: 1, [], nextDue: nil, lastLine: .min), at: Self.now)
        #expect(claims(answered).isEmpty)
        let woken = core.step(.woke, at: Self.now + .seconds(1))
        #expect(claims(woken).count == 1)
    }

    @Test("asks to cancel what turns out to wait for a deleted endpoint")
    func waitingForDeleted() {
        var core = core(endpoints: [])
        let effects = core.step(.waiting(endpoint: 9, due: Self.now), at: Self.now)
        #expect(effects.contains { if case .cancelWaiting(9) = $0 { true } else { false } })
    }

    @Test("remembers a million retries of one endpoint as one entry")
    func boundedHeap() {
        var core = core()
        var wakes = 0
        for offset in 0..<1000 {
            let effects = core.step(.waiting(endpoint: 1, due: Self.now + .seconds(10 + offset)), at: Self.now)
            wakes += effects.count { if case .wake = $0 { true } else { false } }
        }
        #expect(wakes == 1)
    }
}
