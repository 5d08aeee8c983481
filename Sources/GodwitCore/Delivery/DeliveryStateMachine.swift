/// THE machine: the only code that names a delivery's next state. Stores perform what it decides, guarded by the state and
/// the lease that it started from.
///
/// | state      | claim      | finished: success | finished: failure        | finished: gone | hand back | resend            | cancel      |
/// |------------|------------|-------------------|--------------------------|----------------|-----------|-------------------|-------------|
/// | waiting    | inFlight   | –                 | –                        | –              | –         | waiting, due now  | cancelled   |
/// | inFlight   | –          | delivered         | waiting, or exhausted    | exhausted      | waiting   | stays             | cancelled   |
/// | delivered  | –          | –                 | –                        | –              | –         | waiting, due now  | –           |
/// | exhausted  | –          | –                 | –                        | –              | –         | waiting, due now  | –           |
/// | cancelled  | –          | –                 | –                        | –              | –         | –                 | –           |
///
/// `–` leaves the machine as it is and says so. A failed attempt that was resent by hand returns to its `ResumePoint` instead.
package struct DeliveryStateMachine: Hashable, Sendable {
    package private(set) var state: DeliveryState
    /// Attempts that were finished, whatever asked for them.
    package private(set) var attempts: Int
    /// Attempts that were finished of the schedule; those asked for by hand don't spend it.
    package private(set) var scheduledAttempts: Int
    /// Set while an attempt that was asked for by hand is due or in flight.
    package private(set) var resume: ResumePoint?

    /// A delivery as it is stored.
    package init(state: DeliveryState, attempts: Int, scheduledAttempts: Int, resume: ResumePoint?) {
        self.state = state
        self.attempts = attempts
        self.scheduledAttempts = scheduledAttempts
        self.resume = resume
    }

    /// A fresh delivery that the accepting node keeps, so that the usual path never reads it back.
    package static func accepted(under lease: Lease) -> DeliveryStateMachine {
        DeliveryStateMachine(state: .inFlight(lease), attempts: 0, scheduledAttempts: 0, resume: nil)
    }

    /// A fresh delivery that is left in the store, because the node's window for its endpoint is full.
    package static func overflowed(at now: Instant) -> DeliveryStateMachine {
        DeliveryStateMachine(state: .waiting(due: now), attempts: 0, scheduledAttempts: 0, resume: nil)
    }

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

    /// - Parameter retryDelay: the wait after `scheduledAttempts` scheduled attempts, nil when the schedule has ended.
    package mutating func attemptFinished(
        _ verdict: AttemptVerdict, under lease: Lease, at now: Instant, retryDelay: (_ scheduledAttempts: Int) -> Duration?
    ) -> FinishedAction {
        guard state == .inFlight(lease) else { return .lateResult }
        attempts += 1
        let resumePoint = resume
        resume = nil
        if resumePoint == nil { scheduledAttempts += 1 }
        if case .delivered = verdict {
            state = .delivered(at: now)
            return .delivered
        }
        if let resumePoint {
            state = resumePoint.state
            return .resumed
        }
        guard case .retry(let minimumDelay) = verdict, let delay = retryDelay(scheduledAttempts) else {
            state = .exhausted(at: now)
            return .deadLetter
        }
        let due = now + max(delay, minimumDelay)
        state = .waiting(due: due)
        return .retry(at: due)
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

    package mutating func cancel(at now: Instant) -> Bool {
        guard !state.isFinished else { return false }
        state = .cancelled(at: now)
        resume = nil
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
