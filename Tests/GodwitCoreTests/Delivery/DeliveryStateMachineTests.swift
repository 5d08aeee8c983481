import GodwitCore
import Testing

/// Walks every state with every event: what isn't in the machine's table must leave it as it was.
@Suite("A delivery's state machine") struct DeliveryStateMachineTests {
    static let now = Instant(millisecondsSince1970: 1_700_000_000_000)
    static let lease = Lease(rawValue: 7)
    static let other = Lease(rawValue: 8)
    static let states: [DeliveryState] = [
        .waiting(due: now), .inFlight(lease), .delivered(at: now), .exhausted(at: now), .cancelled(at: now),
    ]

    private func machine(_ state: DeliveryState, attempts: Int = 0, resume: ResumePoint? = nil) -> DeliveryStateMachine {
        DeliveryStateMachine(state: state, attempts: attempts, scheduledAttempts: attempts, resume: resume)
    }

    @Test("is claimed only while waiting and due", arguments: states)
    func claim(state: DeliveryState) {
        var machine = machine(state)
        let isWaiting = state == .waiting(due: Self.now)
        let claimed = machine.claim(under: Self.other, at: Self.now)
        #expect(claimed == isWaiting)
        #expect(machine.state == (isWaiting ? .inFlight(Self.other) : state))
    }

    @Test("is not claimed a millisecond before it is due")
    func claimTooEarly() {
        var machine = machine(.waiting(due: Self.now + .milliseconds(1)))
        #expect(!machine.isClaimable(at: Self.now))
        let claimed = machine.claim(under: Self.lease, at: Self.now)
        #expect(!claimed)
    }

    @Test("counts an attempt's result only in flight under the same lease", arguments: states)
    func lateResults(state: DeliveryState) {
        var machine = machine(state)
        let action = machine.attemptFinished(.delivered, under: Self.other, at: Self.now) { _ in .zero }
        #expect(action == .lateResult)
        #expect(machine.state == state)
        #expect(machine.attempts == 0)
    }

    @Test("becomes delivered by success")
    func success() {
        var machine = machine(.inFlight(Self.lease))
        let action = machine.attemptFinished(.delivered, under: Self.lease, at: Self.now) { _ in nil }
        #expect(action == .delivered)
        #expect(machine.state == .delivered(at: Self.now))
        #expect(machine.attempts == 1)
    }

    @Test(
        "waits as long as schedule and receiver ask, whichever is longer", arguments: [(5, 0, 5), (5, 60, 60), (300, 60, 300)])
    func retryDelay(scheduled: Int, asked: Int, expected: Int) {
        var machine = machine(.inFlight(Self.lease))
        let action = machine.attemptFinished(.retry(minimumDelay: .seconds(asked)), under: Self.lease, at: Self.now) {
            attempts in
            #expect(attempts == 1)
            return .seconds(scheduled)
        }
        #expect(action == .retry(at: Self.now + .seconds(expected)))
        #expect(machine.state == .waiting(due: Self.now + .seconds(expected)))
    }

    @Test(
        "is a dead letter when the schedule has ended, and when the receiver is gone",
        arguments: [
            AttemptVerdict.retry(minimumDelay: .zero), .stop, .gone,
        ])
    func deadLetter(verdict: AttemptVerdict) {
        var machine = machine(.inFlight(Self.lease))
        let action = machine.attemptFinished(verdict, under: Self.lease, at: Self.now) { _ in
            verdict == .retry(minimumDelay: .zero) ? nil : .seconds(1)
        }
        #expect(action == .deadLetter)
        #expect(machine.state == .exhausted(at: Self.now))
    }

    @Test("is handed back only in flight under the same lease", arguments: states, [lease, other])
    func handBack(state: DeliveryState, lease: Lease) {
        var machine = machine(state)
        let isOurs = state == .inFlight(lease)
        let handedBack = machine.handBack(under: lease, at: Self.now)
        #expect(handedBack == isOurs)
        #expect(machine.state == (isOurs ? .waiting(due: Self.now) : state))
        #expect(machine.attempts == 0)
    }

    @Test("is cancelled unless it is finished", arguments: states)
    func cancel(state: DeliveryState) {
        var machine = machine(state)
        let cancelled = machine.cancel(at: Self.now)
        #expect(cancelled == !state.isFinished)
        #expect(machine.state == (state.isFinished ? state : .cancelled(at: Self.now)))
    }

    @Test("is resent by hand from every state but in flight and cancelled", arguments: states)
    func resend(state: DeliveryState) {
        let later = Self.now + .seconds(60)
        var machine = machine(state)
        let action = machine.resend(at: later)
        switch state {
        case .inFlight:
            #expect(action == .alreadyInFlight)
            #expect(machine.state == state)
        case .cancelled:
            #expect(action == .refused)
            #expect(machine.state == state)
        case .waiting, .delivered, .exhausted:
            #expect(action == .due)
            #expect(machine.state == .waiting(due: later))
            #expect(machine.trigger == .manual)
        }
    }

    @Test(
        "returns to what it was when a resend fails, without spending the schedule",
        arguments: [
            DeliveryState.waiting(due: now + .seconds(300)), .delivered(at: now), .exhausted(at: now),
        ])
    func failedResend(state: DeliveryState) {
        var machine = machine(state, attempts: 2)
        let resent = machine.resend(at: Self.now)
        let claimed = machine.claim(under: Self.lease, at: Self.now)
        #expect(resent == .due && claimed)
        let action = machine.attemptFinished(.retry(minimumDelay: .zero), under: Self.lease, at: Self.now) { _ in .seconds(1) }
        #expect(action == .resumed)
        #expect(machine.state == state)
        #expect(machine.attempts == 3)
        #expect(machine.scheduledAttempts == 2)
        #expect(machine.resume == nil)
    }

    @Test("keeps the first resume point when it is resent twice")
    func resentTwice() {
        let due = Self.now + .seconds(300)
        var machine = machine(.waiting(due: due), attempts: 1)
        _ = machine.resend(at: Self.now)
        _ = machine.resend(at: Self.now + .seconds(1))
        #expect(machine.resume == .waiting(due: due))
    }

    @Test("keeps asking for the attempt by hand when it is handed back")
    func handBackOfResend() {
        var machine = machine(.exhausted(at: Self.now))
        _ = machine.resend(at: Self.now)
        let claimed = machine.claim(under: Self.lease, at: Self.now)
        let handedBack = machine.handBack(under: Self.lease, at: Self.now)
        #expect(claimed && handedBack)
        #expect(machine.resume == .exhausted(at: Self.now))
        #expect(machine.trigger == .manual)
    }

    @Test("is a dead letter when the next attempt would be due too late, by a millisecond", arguments: [0, 1])
    func lastDue(late: Int) {
        var machine = machine(.inFlight(Self.lease))
        let action = machine.attemptFinished(
            .retry(minimumDelay: .zero), under: Self.lease, at: Self.now, lastDue: Self.now + .seconds(5)
        ) { _ in .seconds(5) + .milliseconds(late) }
        #expect(action == (late == 0 ? .retry(at: Self.now + .seconds(5)) : .deadLetter))
    }

    private func failed(_ rule: HeadOfLine, attempts: Int, isLast: Bool) -> DeliveryStateMachine {
        var machine = DeliveryStateMachine(
            state: .inFlight(Self.lease), attempts: attempts, scheduledAttempts: attempts, resume: nil, line: 5)
        _ = machine.attemptFinished(.retry(minimumDelay: .zero), under: Self.lease, at: Self.now, headOfLine: rule) { _ in
            isLast ? nil : .seconds(1)
        }
        return machine
    }

    @Test("keeps its place in a line while it is retried, and leaves it as the rule says")
    func lines() {
        #expect(failed(.block, attempts: 0, isLast: false).line == 5)
        #expect(failed(.block, attempts: 3, isLast: true).line == nil)
        #expect(failed(.park, attempts: 3, isLast: true).line == 5)
        #expect(failed(.skip(afterAttempts: 2), attempts: 0, isLast: false).line == 5)
        #expect(failed(.skip(afterAttempts: 2), attempts: 1, isLast: false).line == nil)
        #expect(failed(.skip(afterAttempts: 9), attempts: 3, isLast: true).line == nil)
    }

    @Test("leaves its line when it is delivered or cancelled")
    func leavesLine() {
        var delivered = DeliveryStateMachine(
            state: .inFlight(Self.lease), attempts: 0, scheduledAttempts: 0, resume: nil, line: 5)
        var cancelled = delivered
        _ = delivered.attemptFinished(.delivered, under: Self.lease, at: Self.now) { _ in nil }
        _ = cancelled.cancel(at: Self.now)
        #expect(delivered.line == nil && cancelled.line == nil)
    }

    @Test("makes way as a parked dead letter, and in no other state", arguments: states)
    func release(state: DeliveryState) {
        var machine = DeliveryStateMachine(state: state, attempts: 1, scheduledAttempts: 1, resume: nil, line: 5)
        let released = machine.releaseLine()
        #expect(released == (state == .exhausted(at: Self.now)))
        #expect((machine.line == nil) == released)
    }
}
