// A request ended: what becomes of each of its deliveries, and what the lane learns.

extension DeliveryEngineCore {
    mutating func requestFinished(
        _ finished: [HeldDelivery], _ outcome: AttemptOutcome, took: Duration, at now: Instant, _ effects: inout [Effect]
    ) {
        guard let first = finished.first else { return }
        inFlight -= 1
        let lane = lanes[first.endpoint]
        letGo(finished, of: lane)
        let verdict = (lane?.policy.response ?? .standard).verdict(on: outcome, at: now)
        let reply = finished.count > 1 || lane?.policy.batch != nil ? BatchReply(to: finished, verdict, outcome) : nil
        for delivery in finished {
            let own = reply?.verdict(on: delivery) ?? verdict
            recordEnd(of: delivery, own, outcome, lane, at: now, &effects)
        }
        if let share = lane?.share ?? shares[first.message.application], share.isLimited {
            effects.append(.permitEnded(application: share.application))
        }
        guard let lane else { return }
        lane.inFlight -= 1
        lane.deliveriesInFlight -= finished.count
        lane.host.inFlight -= 1
        admitWaiting(at: lane.host, at: now)
        learn(lane, verdict, took: took, at: now, &effects)
        enterRing(lane, at: now)
        claimIfDue(lane, at: now, &effects)
    }

    private mutating func recordEnd(
        of finished: HeldDelivery, _ verdict: AttemptVerdict, _ outcome: AttemptOutcome, _ lane: Lane?, at now: Instant,
        _ effects: inout [Effect]
    ) {
        var delivery = finished
        let message = delivery.message
        let lease = delivery.machine.holder ?? self.lease
        let retry = lane?.policy.retry(of: message.eventType) ?? RetryPolicy(configuration.schedule)
        _ = delivery.machine.attemptFinished(
            verdict, under: lease, at: now, headOfLine: lane?.policy.order.headOfLine ?? .block,
            lastDue: message.lastDue(under: retry)
        ) { attempts in
            retry.delay(afterAttempts: attempts, using: &random)
        }
        // A deleted endpoint gets no retry.
        if lane == nil { _ = delivery.machine.cancel(at: now) }
        let transition = Transition(
            delivery: delivery.key, lease: lease, machine: delivery.machine, former: finished.machine.status)
        effects.append(.record(transition, delivery, outcome, succeeded: verdict == .delivered))
        guard let lane else { return }
        if case .waiting(let due) = delivery.machine.state { noteWaiting(lane, due: due) }
        leaveLine(finished, stays: delivery.machine.line != nil, lane, at: now, &effects)
    }
}

extension Message {
    /// The latest moment at which an attempt may be due.
    fileprivate func lastDue(under retry: RetryPolicy) -> Instant {
        let firstDue = max(createdAt, timing.deliverAt ?? createdAt)
        return min(timing.doNotDeliverAfter ?? .distantFuture, retry.maxAge.map { firstDue + $0 } ?? .distantFuture)
    }
}

// MARK: - What a lane learns

extension DeliveryEngineCore {
    private mutating func learn(
        _ lane: Lane, _ verdict: AttemptVerdict, took: Duration, at now: Instant, _ effects: inout [Effect]
    ) {
        switch verdict {
        case .delivered:
            lane.concurrency.succeeded(took: took, atMost: bound(of: lane), at: now)
            if lane.breaker.isShut || lane.isFailingStored { spread(.answers, of: lane, &effects) }
            lane.breaker.succeeded()
            recovered(lane, &effects)
        case .retry:
            lane.concurrency.failed(at: now)
            let former = lane.breaker.state
            lane.breaker.failed(lane.policy.breaker, at: now)
            if lane.breaker.state != former, case .open(let until, _) = lane.breaker.state {
                spread(.opened(until - now), of: lane, &effects)
            }
            failed(lane, at: now, &effects)
        case .slowDown(let delay):
            lane.concurrency.failed(at: now)
            lane.breaker.probeWasNone(at: now)
            lane.pausedUntil = max(lane.pausedUntil, now + delay)
            // What many requests are told at the same time is told once.
            if lane.pausedUntil - max(lane.pauseTold, now) >= Limits.newsSpan {
                lane.pauseTold = lane.pausedUntil
                spread(.paused(lane.pausedUntil - now), of: lane, &effects)
            }
            failed(lane, at: now, &effects)
        case .stop: lane.breaker.probeWasNone(at: now)
        case .gone:
            lane.breaker.probeWasNone(at: now)
            disable(lane, .gone, nil, at: now, &effects)
        }
    }

    private func recovered(_ lane: Lane, _ effects: inout [Effect]) {
        guard lane.failing != nil else { return }
        lane.failing = nil
        guard lane.isFailingStored else { return }
        lane.isFailingStored = false
        effects.append(.noteFailing(endpoint: lane.endpoint, nil))
    }

    private mutating func failed(_ lane: Lane, at now: Instant, _ effects: inout [Effect]) {
        guard !lane.disabled else { return }
        var failing = lane.failing ?? FailingSpan(since: now)
        defer { if !lane.disabled { lane.failing = failing } }
        let span = now - failing.since
        if let limit = lane.policy.disableAfter {
            if span >= limit { return disable(lane, .failing, failing, at: now, &effects) }
            if !failing.isAnnounced, span >= limit / 2 {
                failing.isAnnounced = true
                lane.isFailingStored = false
                effects.append(
                    .announceDisabling(endpoint: lane.endpoint, failing, at: failing.since + limit))
            }
        }
        // A failure that passes soon is not worth a write.
        guard !lane.isFailingStored, failing.isAnnounced || span >= Limits.failingNoted else { return }
        lane.isFailingStored = true
        effects.append(.noteFailing(endpoint: lane.endpoint, failing))
    }

    private mutating func disable(
        _ lane: Lane, _ reason: Disablement.Reason, _ failing: FailingSpan?, at now: Instant, _ effects: inout [Effect]
    ) {
        guard !lane.disabled else { return }
        effects.append(.disable(endpoint: lane.endpoint, reason, failing: failing))
        disable(lane, at: now, &effects)
    }
}
