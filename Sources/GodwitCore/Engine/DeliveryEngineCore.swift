/// Every decision about deliveries, as one synchronous function of an event and a time: the same in production and in the
/// simulator. It never waits, never fails, and its effects are data.
///
/// Each endpoint has a lane. Applications with something to send stand in a ring, each with a ring of its lanes, and each in turn
/// sends one: a lane with a thousand deliveries delays another lane's next one by one request per lane, not by a thousand.
package struct DeliveryEngineCore {
    let configuration: EngineConfiguration
    /// What is claimed and accepted from now on is ours under it; what is on the wire may be under a former one.
    package internal(set) var lease: Lease
    var view: NodeView
    var trust = LeaseTrust.full
    /// When nodes that don't know of us yet have stopped to send what is ours.
    var settledAt: Instant = .distantPast
    /// What waits for endpoints that are another node's, by when it is due.
    var passing: [Int64: Instant] = [:]
    var random: SeededGenerator
    var lanes: [Int64: Lane] = [:]
    var shares: [Int64: ApplicationShare] = [:]
    /// Applications that were granted permits during this step.
    var sharesWithPermits: [Int64] = []
    var hosts: [String: HostShare] = [:]
    /// Applications with lanes that can send, in turn.
    var ring = Ring<ApplicationShare>()
    /// Applications with lanes that can send and have nothing on the wire: each such lane may have one request even when the
    /// others have taken all.
    var idleRing = Ring<ApplicationShare>()
    /// Lanes with something in the store, and lanes that may go on: by when.
    var dueHeap = DueHeap()
    var resumeHeap = DueHeap()
    /// Requests on the wire.
    package internal(set) var inFlight = 0
    var heldBytes = 0
    private var wakeRequested: Instant?
    private(set) var stopping = false
    private var drained = false

    package init(configuration: EngineConfiguration, lease: Lease, seed: UInt64) {
        self.configuration = configuration
        self.lease = lease
        view = .alone(lease)
        random = SeededGenerator(seed: seed)
    }

    /// Deliveries in memory: queued and on the wire.
    package var heldCount: Int { lanes.values.reduce(0) { $0 + $1.held } }

    package mutating func step(_ event: EngineEvent, at now: Instant) -> [Effect] {
        var effects: [Effect] = []
        switch event {
        case .accepted(let deliveries): accepted(deliveries, at: now, &effects)
        case .claimed(let endpoint, let deliveries, let nextDue, let lastLine):
            claimed(endpoint, deliveries, nextDue: nextDue, lastLine: lastLine, at: now, &effects)
        case .claimFailed(let endpoint): claimFailed(endpoint, at: now)
        case .requestFinished(let deliveries, let outcome, let took):
            requestFinished(deliveries, outcome, took: took, at: now, &effects)
        case .waiting(let endpoint, let due):
            if let lane = lanes[endpoint] {
                noteWaiting(lane, due: due)
            } else {
                effects.append(.cancelWaiting(endpoint: endpoint))
            }
        case .endpointChanged(let profile): endpointChanged(profile, at: now, &effects)
        case .endpointDeleted(let endpoint): endpointDeleted(endpoint, at: now, &effects)
        case .applicationChanged(let application, let isLimited):
            applicationChanged(application, isLimited: isLimited, at: now, &effects)
        case .permitted(let application, let permits): permitted(application, permits, at: now, &effects)
        case .messageCancelled(let message, let endpoint): messageCancelled(message, endpoint, &effects)
        case .nodesChanged(let view): nodesChanged(view, at: now, &effects)
        case .trusted(let trust): trusted(trust, at: now, &effects)
        case .begun(let view): begun(view, at: now, &effects)
        case .heard(let endpoint, let news): heard(news, of: endpoint, at: now, &effects)
        case .woke: wakeRequested = nil
        case .shutdown: stop(at: now, &effects)
        }
        if stopping {
            if inFlight == 0, !drained {
                drained = true
                effects.append(.drained)
            }
        } else if trust != .none {
            resume(at: now, &effects)
            claimDue(at: now, &effects)
            send(at: now, &effects)
            requestWake(&effects)
        }
        passOn(&effects)
        return effects
    }

    private mutating func requestWake(_ effects: inout [Effect]) {
        let due = min(dueHeap.first?.due ?? .distantFuture, resumeHeap.first?.due ?? .distantFuture)
        guard due < wakeRequested ?? .distantFuture else { return }
        wakeRequested = due
        effects.append(.wake(at: due))
    }

    private mutating func stop(at now: Instant, _ effects: inout [Effect]) {
        stopping = true
        // In the order of the keys: the order of a dictionary differs from one process to the next.
        for endpoint in lanes.keys.sorted() {
            guard let lane = lanes[endpoint] else { continue }
            giveUp(empty(lane), at: now, cancelling: false, &effects)
        }
    }

    package func status(of endpoint: Int64, at now: Instant) -> LaneStatus? {
        guard let lane = lanes[endpoint] else { return nil }
        let breaker: LaneStatus.Breaker =
            switch lane.breaker.state {
            case .closed: .closed
            case .open(let until, _): .open(until: until)
            case .probing: .probing
            }
        return LaneStatus(
            breaker: breaker, pausedUntil: lane.pausedUntil > now ? lane.pausedUntil : nil,
            concurrency: lane.concurrency.limit(atMost: bound(of: lane)), inFlight: lane.inFlight, queued: lane.queue.count,
            nextDue: lane.nextDue)
    }

    /// Requests of a lane on the wire, at most.
    func bound(of lane: Lane) -> Int {
        min(configuration.requestsInFlightPerEndpoint, lane.policy.rateLimit.concurrent ?? .max)
    }
}
