import GodwitCore
import GodwitStore
import Testing

@testable import GodwitHTTP

@Suite("Why an endpoint did or did not get a message") struct ExplanationTests {
    static let now = Instant(millisecondsSince1970: 1_800_000_000_000)
    static let published = now + .seconds(-60)
    static let id = MessageID(key: 7, nonce: .init(high: 0, low: 0))

    private func facts(
        _ delivery: DeliveryState? = nil, attempts: Int = 0, line: Int64? = nil, timing: MessageTiming = .init(),
        eventTypes: [String]? = nil, channels: [String]? = nil, wasDisabled: Disablement? = nil, isDisabled: Bool = false,
        existed: Bool = true
    ) -> Explanation.Facts {
        let message = Message(
            id: Self.id, application: 1, eventType: "a", payload: [], createdAt: Self.published,
            payloadExpiresAt: Self.now + .seconds(86_400), timing: timing)
        var endpoint = Endpoint(
            id: EndpointID(key: 2, nonce: .init(high: 0, low: 0)), application: 1, url: "http://a.b/", secrets: [],
            createdAt: Self.published, updatedAt: Self.published)
        if isDisabled {
            endpoint.disabled = true
            endpoint.disablement = Disablement(at: Self.now, reason: .failing)
        }
        return Explanation.Facts(
            message: message, endpoint: endpoint,
            subscription: existed
                ? Subscription(
                    disabled: wasDisabled != nil, disablement: wasDisabled, eventTypes: eventTypes, channels: channels) : nil,
            delivery: delivery.map {
                DeliveryStateMachine(state: $0, attempts: attempts, scheduledAttempts: attempts, resume: nil, line: line)
            }, now: Self.now)
    }

    private func attempt(_ outcome: AttemptOutcome) -> AttemptRecord {
        AttemptRecord(
            id: AttemptID(key: 3, nonce: .init(high: 0, low: 0)), delivery: DeliveryKey(message: 7, endpoint: 2),
            application: 1,
            number: 1, trigger: .scheduled, startedAt: Self.now, timings: .init(), outcome: outcome, succeeded: false,
            nextAttempt: nil, url: "http://a.b/")
    }

    private func expect(
        _ facts: Explanation.Facts, _ decision: Explanation.Decision, _ part: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let explanation = Explanation.of(facts)
        #expect(
            explanation.decision == decision && explanation.because.contains(part), "\(explanation)",
            sourceLocation: sourceLocation)
    }

    @Test("without a delivery it is what the endpoint wanted, or whether it was there")
    func withoutDelivery() {
        expect(facts(eventTypes: ["b"]), .notSubscribed, "event type a")
        expect(facts(channels: ["c"]), .notSubscribed, "the message was in none")
        expect(facts(wasDisabled: .init(at: Self.published, reason: .byHand)), .disabled, "through the API")
        expect(facts(wasDisabled: .init(at: Self.published, reason: .gone)), .disabled, "it is gone")
        expect(facts(existed: false), .createdLater, "after the message")
        expect(facts(), .notSubscribed, "no longer known")
        var deleted = facts()
        deleted.deletedAt = Self.published
        expect(deleted, .deletedBefore, "was deleted at")
    }

    @Test("with one that came to an end it is how it ended")
    func ended() {
        expect(facts(.delivered(at: Self.now)), .delivered, RFC3339.format(Self.now))
        expect(facts(.inFlight(Lease(rawValue: 1))), .inFlight, "attempt")
        var dead = facts(.exhausted(at: Self.now), attempts: 3)
        dead.lastAttempt = attempt(.responded(.init(status: 500)))
        expect(dead, .deadLetter, "All 3 attempts of its schedule failed; the last with status 500.")
        dead.lastAttempt = attempt(.responded(.init(status: 410)))
        expect(dead, .deadLetter, "it is gone with status 410")
        dead.lastAttempt = attempt(.responded(.init(status: 400, directive: .stop)))
        expect(dead, .deadLetter, "refused it for good with status 400")
        expect(facts(.exhausted(at: Self.now), line: 0), .deadLetter, "keeps its place")
        expect(facts(.cancelled(at: Self.now)), .cancelled, "was cancelled")
        expect(
            facts(.cancelled(at: Self.now), timing: .init(doNotDeliverAfter: Self.now)), .expired, "not to be delivered after")
        expect(facts(.cancelled(at: Self.now + .seconds(86_400))), .expired, "payload")
        var deleted = facts(.cancelled(at: Self.now))
        deleted.deletedAt = Self.now
        expect(deleted, .cancelled, "endpoint was deleted")
    }

    @Test("with one that waits it is the first thing that holds it up")
    func waiting() {
        let later = Self.now + .seconds(30)
        expect(facts(.waiting(due: later), isDisabled: true), .waiting, "enabled again")
        expect(facts(.waiting(due: later), timing: .init(deliverAt: later)), .waiting, "scheduled for")
        var failed = facts(.waiting(due: later), attempts: 2)
        failed.lastAttempt = attempt(.failed(.init(.connectFailed, "")))
        expect(failed, .waiting, "Attempt 2 failed with connect_failed. The next one is due at")
        var behind = facts(.waiting(due: Self.now), line: 0)
        let head = DeliveryStateMachine(
            state: .exhausted(at: Self.now), attempts: 1, scheduledAttempts: 1, resume: nil, line: 0)
        behind.head = (Self.id, head)
        expect(behind, .waiting, "behind \(Self.id), which is a dead letter")
        func lane(_ breaker: LaneStatus.Breaker, pausedUntil: Instant? = nil) -> Explanation.Facts {
            var facts = facts(.waiting(due: Self.now))
            facts.lane = LaneStatus(
                breaker: breaker, pausedUntil: pausedUntil, concurrency: 1, inFlight: 0, queued: 0, nextDue: nil)
            return facts
        }
        expect(lane(.open(until: later)), .waiting, "nothing is sent to it until")
        expect(lane(.probing), .waiting, "tried with one other request")
        expect(lane(.closed, pausedUntil: later), .waiting, "asked to be left alone until")
        expect(lane(.closed, pausedUntil: Self.now), .waiting, "waits for its turn")
    }

    @Test("the attempts to come end with the schedule, the age of the policy and the message's own time")
    func schedule() {
        let policy = RetryPolicy(.schedule(RetrySchedule(delays: [.seconds(5), .seconds(10), .seconds(20)])))
        func times(_ facts: Explanation.Facts, _ policy: RetryPolicy = policy) -> [Int64] {
            guard let machine = facts.delivery else { return [] }
            return RemainingSchedule.times(machine, of: facts.message, policy, at: Self.now).map {
                ($0 - Self.now).wholeMilliseconds / 1000
            }
        }
        #expect(times(facts(.waiting(due: Self.now))) == [0, 5, 15, 35])
        #expect(times(facts(.waiting(due: Self.now + .seconds(1)), attempts: 2)) == [1, 21])
        #expect(times(facts(.inFlight(Lease(rawValue: 1)), attempts: 1)) == [10, 30])
        #expect(times(facts(.delivered(at: Self.now))) == [])
        #expect(times(facts(.waiting(due: Self.now), timing: .init(doNotDeliverAfter: Self.now + .seconds(15)))) == [0, 5, 15])
        let aged = RetryPolicy(policy.waits, maxAge: .seconds(70))
        #expect(times(facts(.waiting(due: Self.now)), aged) == [0, 5])
    }
}
