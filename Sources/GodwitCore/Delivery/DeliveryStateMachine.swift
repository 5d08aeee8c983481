/// THE machine: the only code that names a delivery's next state. Stores perform what it decides, guarded by the state and
/// the lease that it started from.
///
/// | state      | claim      | finished: success | finished: failure        | finished: stop, gone | hand back | resend            | cancel      |
/// |------------|------------|-------------------|--------------------------|----------------------|-----------|-------------------|-------------|
/// | waiting    | inFlight   | –                 | –                        | –                    | –         | waiting, due now  | cancelled   |
/// | inFlight   | –          | delivered         | waiting, or exhausted    | exhausted            | waiting   | stays             | cancelled   |
/// | delivered  | –          | –                 | –                        | –                    | –         | waiting, due now  | –           |
/// | exhausted  | –          | –                 | –                        | –                    | –         | waiting, due now  | –           |
/// | cancelled  | –          | –                 | –                        | –                    | –         | –                 | –           |
///
/// A waiting delivery that a consumer fetched and acknowledged is delivered, without an attempt.
///
/// `–` leaves the machine as it is and says so. A failed attempt that was resent by hand returns to its `ResumePoint` instead.
///
/// A delivery may stand in a line (`OrderPolicy`). It leaves it when it is delivered or cancelled; when it is exhausted, unless
/// dead letters keep their place (`HeadOfLine.park`); and while it is retried, after as many attempts as `HeadOfLine.skip` says.
package struct DeliveryStateMachine: Hashable, Sendable {
    package private(set) var state: DeliveryState
    /// Attempts that were finished, whatever asked for them.
    package private(set) var attempts: Int
    /// Attempts that were finished of the schedule; those asked for by hand don't spend it.
    package private(set) var scheduledAttempts: Int
    /// Set while an attempt that was asked for by hand is due or in flight.
    package private(set) var resume: ResumePoint?
    /// The line in which it stands; nil for none.
    package private(set) var line: Int64?

    /// A delivery as it is stored.
    package init(state: DeliveryState, attempts: Int, scheduledAttempts: Int, resume: ResumePoint?, line: Int64? = nil) {
        self.state = state
        self.attempts = attempts
        self.scheduledAttempts = scheduledAttempts
        self.resume = resume
        self.line = line
    }

    /// A fresh delivery that the accepting node keeps, so that the usual path never reads it back.
    package static func accepted(under lease: Lease) -> DeliveryStateMachine {
        DeliveryStateMachine(state: .inFlight(lease), attempts: 0, scheduledAttempts: 0, resume: nil)
    }

    /// A fresh delivery that is left in the store: the node's window for its endpoint is full, it is due later, or it stands in
    /// a line, and the store knows who is first.
    package static func waiting(due: Instant, line: Int64? = nil) -> DeliveryStateMachine {
        DeliveryStateMachine(state: .waiting(due: due), attempts: 0, scheduledAttempts: 0, resume: nil, line: line)
    }

    /// Under which lease it is in flight.
    package var holder: Lease? { if case .inFlight(let lease) = state { lease } else { nil } }

    package var trigger: AttemptTrigger { resume == nil ? .scheduled : .manual }

    /// The twin of the stores' due predicate.
    package func isClaimable(at now: Instant) -> Bool {
        if case .waiting(let due) = state { due <= now } else { false }
    }

    package mutating func claim(under lease: Lease, at now: Instant) -> Bool {
        guard isClaimable(at: now) else { return false }
        state = .inFlight(lease)
        return true
    }

    package enum FinishedAction: Hashable, Sendable {
        case delivered
        case retry(at: Instant)
        case deadLetter
        /// The failure of an attempt by hand: what was there before stands.
        case resumed
        /// The lease is no longer ours: only the attempt is history, the state belongs to somebody else.
        case lateResult
    }

    /// - Parameters:
    ///   - lastDue: the latest moment at which a further attempt may be due: the message's expiry, or the policy's `maxAge`.
    ///   - retryDelay: the wait after `scheduledAttempts` scheduled attempts, nil when the schedule has ended.
    package mutating func attemptFinished(
        _ verdict: AttemptVerdict, under lease: Lease, at now: Instant, headOfLine: HeadOfLine = .block,
        lastDue: Instant = .distantFuture, retryDelay: (_ scheduledAttempts: Int) -> Duration?
    ) -> FinishedAction {
        guard state == .inFlight(lease) else { return .lateResult }
        attempts += 1
        let resumePoint = resume
        resume = nil
        if resumePoint == nil { scheduledAttempts += 1 }
        if case .delivered = verdict {
            state = .delivered(at: now)
            line = nil
            return .delivered
        }
        if let resumePoint {
            state = resumePoint.state
            return .resumed
        }
        guard let due = retryDue(verdict, at: now, retryDelay), due <= lastDue else {
            state = .exhausted(at: now)
            if headOfLine != .park { line = nil }
            return .deadLetter
        }
        state = .waiting(due: due)
        if case .skip(let attempts) = headOfLine, scheduledAttempts >= attempts { line = nil }
        return .retry(at: due)
    }

    private func retryDue(_ verdict: AttemptVerdict, at now: Instant, _ retryDelay: (Int) -> Duration?) -> Instant? {
        switch verdict {
        case .delivered, .stop, .gone: nil
        case .retry(let minimumDelay), .slowDown(let minimumDelay):
            retryDelay(scheduledAttempts).map { now + max($0, minimumDelay) }
        }
    }

    /// The node gives the delivery up without an attempt: it stops, or its window is full, or the lease was lost.
    package mutating func handBack(under lease: Lease, at now: Instant) -> Bool {
        guard state == .inFlight(lease) else { return false }
        state = .waiting(due: now)
        return true
    }

    /// What asking for another attempt by hand does.
    package enum ResendAction: Hashable, Sendable {
        case due
        /// An attempt is being made right now.
        case alreadyInFlight
        case refused
    }

    package mutating func resend(at now: Instant) -> ResendAction {
        switch state {
        case .waiting(let due): resume = resume ?? .waiting(due: due)
        case .delivered(let at): resume = .delivered(at: at)
        case .exhausted(let at): resume = .exhausted(at: at)
        case .inFlight: return .alreadyInFlight
        case .cancelled: return .refused
        }
        state = .waiting(due: now)
        return .due
    }

    /// Its receiver fetched it and says that it has it.
    package mutating func acknowledge(at now: Instant) -> Bool {
        guard case .waiting = state else { return false }
        state = .delivered(at: now)
        resume = nil
        line = nil
        return true
    }

    /// A dead letter at the head of a line lets those behind it pass.
    package mutating func releaseLine() -> Bool {
        guard case .exhausted = state, line != nil else { return false }
        line = nil
        return true
    }

    package mutating func cancel(at now: Instant) -> Bool {
        guard !state.isFinished else { return false }
        state = .cancelled(at: now)
        resume = nil
        line = nil
        return true
    }
}

extension ResumePoint {
    fileprivate var state: DeliveryState {
        switch self {
        case .waiting(let due): .waiting(due: due)
        case .delivered(let at): .delivered(at: at)
        case .exhausted(let at): .exhausted(at: at)
        }
    }
}

/// What asked for an attempt. The raw values are those of the API.
package enum AttemptTrigger: Int, Hashable, Sendable {
    case scheduled = 0
    case manual = 1
}
