/// What the engine may be told about itself.
package struct EngineConfiguration: Hashable, Sendable {
    package var schedule: RetrySchedule
    package var requestsInFlight: Int
    package var requestsInFlightPerEndpoint: Int

    package init(
        schedule: RetrySchedule = .standard, requestsInFlight: Int = Limits.requestsInFlight,
        requestsInFlightPerEndpoint: Int = Limits.requestsInFlightPerEndpoint
    ) {
        self.schedule = schedule
        self.requestsInFlight = requestsInFlight
        self.requestsInFlightPerEndpoint = requestsInFlightPerEndpoint
    }
}

/// Every decision about deliveries, as one synchronous function of an event and a time: the same in production and in the
/// simulator. It never waits, never fails, and its effects are data.
///
/// Each endpoint has a lane. Lanes with something to send stand in a ring, and each in turn sends one, so a lane with a
/// thousand deliveries delays another lane's next one by one request per lane, not by a thousand.
package struct DeliveryEngineCore {
    private let configuration: EngineConfiguration
    private let lease: Lease
    private var random: SeededGenerator
    private var lanes: [Int64: Lane] = [:]
    /// Lanes that can send, in turn.
    private var ring = LaneRing()
    /// Those of them that had nothing on the wire: each may have one request even when the others have taken all.
    private var idleRing = LaneRing()
    private var dueHeap = DueHeap()
    /// Requests on the wire.
    package private(set) var inFlight = 0
    private var heldBytes = 0
    private var wakeRequested: Instant?
    private var stopping = false
    private var drained = false

    package init(configuration: EngineConfiguration, lease: Lease, seed: UInt64) {
        self.configuration = configuration
        self.lease = lease
        random = SeededGenerator(seed: seed)
    }

    /// Deliveries in memory: queued and on the wire.
    package var heldCount: Int { lanes.values.reduce(0) { $0 + $1.held } }

    package mutating func step(_ event: EngineEvent, at now: Instant) -> [Effect] {
        var effects: [Effect] = []
        switch event {
        case .accepted(let deliveries): accepted(deliveries, at: now, &effects)
        case .claimed(let endpoint, let deliveries, let nextDue):
            claimed(endpoint, deliveries, nextDue: nextDue, at: now, &effects)
        case .claimFailed(let endpoint): claimFailed(endpoint, at: now)
        case .attemptFinished(let delivery, let outcome): attemptFinished(delivery, outcome, at: now, &effects)
        case .waiting(let endpoint, let due):
            if let lane = lanes[endpoint] {
                noteWaiting(lane, due: due)
            } else {
                effects.append(.cancelWaiting(endpoint: endpoint))
            }
        case .endpointChanged(let endpoint, let disabled): endpointChanged(endpoint, disabled: disabled, at: now, &effects)
        case .endpointDeleted(let endpoint): endpointDeleted(endpoint, at: now, &effects)
        case .woke: wakeRequested = nil
        case .shutdown: stop(at: now, &effects)
        }
        if stopping {
            if inFlight == 0, !drained {
                drained = true
                effects.append(.drained)
            }
        } else {
            claimDue(at: now, &effects)
            send(&effects)
            requestWake(&effects)
        }
        return effects
    }
}

// MARK: - Taking in

extension DeliveryEngineCore {
    private mutating func accepted(_ deliveries: [HeldDelivery], at now: Instant, _ effects: inout [Effect]) {
        for delivery in deliveries {
            guard let lane = lanes[delivery.endpoint] else {
                // Its endpoint was deleted while the message was on its way here.
                giveUp([delivery], at: now, cancelling: true, &effects)
                continue
            }
            guard !stopping, !lane.disabled, !isFull(lane) else {
                // The publisher heard of it too late: the store keeps the delivery instead.
                giveUp([delivery], at: now, cancelling: false, &effects)
                noteWaiting(lane, due: now)
                setOverflowing(lane, true, &effects)
                continue
            }
            take(delivery, into: lane)
            if isFull(lane) { setOverflowing(lane, true, &effects) }
            enterRing(lane)
        }
    }

    private func isFull(_ lane: Lane) -> Bool { lane.isFull || !hasMemory(for: lane, bytes: 0) }

    /// What endpoints with large backlogs hold must not keep others from holding anything.
    private func hasMemory(for lane: Lane, bytes: Int) -> Bool {
        heldBytes + bytes < Limits.heldPayloadBytes * (lane.held == 0 ? 2 : 1)
    }

    private mutating func take(_ delivery: HeldDelivery, into lane: Lane) {
        heldBytes += delivery.payloadBytes
        lane.heldBytes += delivery.payloadBytes
        lane.queue.append(delivery)
    }

    private mutating func letGo(_ bytes: Int, of lane: Lane?) {
        heldBytes -= bytes
        lane?.heldBytes -= bytes
    }

    private func setOverflowing(_ lane: Lane, _ overflowing: Bool, _ effects: inout [Effect]) {
        guard lane.overflowing != overflowing else { return }
        lane.overflowing = overflowing
        effects.append(.overflow(endpoint: lane.endpoint, overflowing))
    }

    private mutating func claimed(
        _ endpoint: Int64, _ deliveries: [HeldDelivery], nextDue: Instant?, at now: Instant, _ effects: inout [Effect]
    ) {
        heldBytes -= Limits.claimedPayloadBytes
        guard let lane = lanes[endpoint] else { return giveUp(deliveries, at: now, cancelling: true, &effects) }
        lane.claiming = false
        if let nextDue { noteWaiting(lane, due: nextDue) }
        if let noted = lane.nextDue { noteWaiting(lane, due: noted) }
        if stopping || lane.disabled {
            giveUp(deliveries, at: now, cancelling: false, &effects)
            if !deliveries.isEmpty { noteWaiting(lane, due: now) }
            return
        }
        for delivery in deliveries { take(delivery, into: lane) }
        let backlogIsDue = lane.nextDue.map { $0 <= now } ?? false
        if !backlogIsDue, !isFull(lane) { setOverflowing(lane, false, &effects) }
        enterRing(lane)
    }

    /// - Note: a disabled lane has no entry in the heap; it gets one when it is enabled.
    private mutating func noteWaiting(_ lane: Lane, due: Instant) {
        lane.nextDue = min(lane.nextDue ?? due, due)
        // One entry per lane unless an earlier one is needed: a million retries of one endpoint are one entry.
        guard !lane.disabled, !lane.claiming, due < lane.heapDue ?? .distantFuture else { return }
        lane.heapDue = due
        dueHeap.insert(.init(due: due, endpoint: lane.endpoint))
    }
}

// MARK: - Sending

extension DeliveryEngineCore {
    private mutating func enterRing(_ lane: Lane) {
        guard lane.canSend(limit: configuration.requestsInFlightPerEndpoint) else { return }
        if lane.inFlight == 0, !lane.inIdleRing {
            lane.inIdleRing = true
            idleRing.append(lane)
        }
        if !lane.inRing {
            lane.inRing = true
            ring.append(lane)
        }
    }

    private mutating func send(_ effects: inout [Effect]) {
        while inFlight < 2 * configuration.requestsInFlight, let lane = idleRing.popFirst() {
            lane.inIdleRing = false
            if lane.inFlight == 0 { sendNext(of: lane, &effects) }
        }
        while inFlight < configuration.requestsInFlight, let lane = ring.popFirst() {
            lane.inRing = false
            sendNext(of: lane, &effects)
            enterRing(lane)
        }
    }

    private mutating func sendNext(of lane: Lane, _ effects: inout [Effect]) {
        guard lane.canSend(limit: configuration.requestsInFlightPerEndpoint), let delivery = lane.queue.popFirst() else {
            return
        }
        lane.inFlight += 1
        inFlight += 1
        effects.append(.send(delivery))
    }

    private mutating func attemptFinished(
        _ finished: HeldDelivery, _ outcome: AttemptOutcome, at now: Instant, _ effects: inout [Effect]
    ) {
        var delivery = finished
        inFlight -= 1
        let lane = lanes[delivery.endpoint]
        letGo(delivery.payloadBytes, of: lane)
        let verdict = ResponseContract.verdict(on: outcome, at: now)
        _ = delivery.machine.attemptFinished(verdict, under: lease, at: now) { attempts in
            configuration.schedule.delay(afterAttempts: attempts, using: &random)
        }
        // A deleted endpoint gets no retry.
        if lane == nil { _ = delivery.machine.cancel(at: now) }
        let transition = Transition(delivery: delivery.key, lease: lease, machine: delivery.machine)
        effects.append(.record(transition, delivery, outcome, succeeded: verdict == .delivered))
        guard let lane else { return }
        lane.inFlight -= 1
        if case .waiting(let due) = delivery.machine.state { noteWaiting(lane, due: due) }
        if verdict == .gone, !lane.disabled {
            effects.append(.disable(endpoint: lane.endpoint))
            disable(lane, at: now, &effects)
        }
        enterRing(lane)
        claimIfDue(lane, at: now, &effects)
    }
}

// MARK: - Endpoints that come, stop and go

extension DeliveryEngineCore {
    private mutating func endpointChanged(_ endpoint: Int64, disabled: Bool, at now: Instant, _ effects: inout [Effect]) {
        guard let lane = lanes[endpoint] else {
            lanes[endpoint] = Lane(endpoint: endpoint, disabled: disabled)
            return
        }
        if disabled, !lane.disabled {
            disable(lane, at: now, &effects)
        } else if !disabled, lane.disabled {
            lane.disabled = false
            if let due = lane.nextDue { noteWaiting(lane, due: due) }
        }
    }

    /// What was queued goes back to the store and waits there until the endpoint is enabled again.
    private mutating func disable(_ lane: Lane, at now: Instant, _ effects: inout [Effect]) {
        let queued = empty(lane)
        if !queued.isEmpty { noteWaiting(lane, due: now) }
        lane.disabled = true
        lane.heapDue = nil
        giveUp(queued, at: now, cancelling: false, &effects)
    }

    /// Nothing of it is sent any more, beyond what is on the wire.
    private mutating func endpointDeleted(_ endpoint: Int64, at now: Instant, _ effects: inout [Effect]) {
        guard let lane = lanes.removeValue(forKey: endpoint) else { return }
        let queued = empty(lane)
        lane.disabled = true
        giveUp(queued, at: now, cancelling: true, &effects)
    }

    private mutating func empty(_ lane: Lane) -> [HeldDelivery] {
        let queued = lane.queue.removeAll()
        letGo(queued.reduce(0) { $0 + $1.payloadBytes }, of: lane)
        return queued
    }

    private func giveUp(_ deliveries: [HeldDelivery], at now: Instant, cancelling: Bool, _ effects: inout [Effect]) {
        let transitions = deliveries.compactMap { delivery -> Transition? in
            var machine = delivery.machine
            let moved = cancelling ? machine.cancel(at: now) : machine.handBack(under: lease, at: now)
            return moved ? Transition(delivery: delivery.key, lease: lease, machine: machine) : nil
        }
        if !transitions.isEmpty { effects.append(.giveUp(transitions)) }
    }

    private mutating func stop(at now: Instant, _ effects: inout [Effect]) {
        stopping = true
        // In the order of the keys: the order of a dictionary differs from one process to the next.
        for endpoint in lanes.keys.sorted() {
            guard let lane = lanes[endpoint] else { continue }
            giveUp(empty(lane), at: now, cancelling: false, &effects)
        }
    }
}

// MARK: - Work that waits in the store

extension DeliveryEngineCore {
    private static let claimRetryDelay: Duration = .seconds(1)

    private mutating func claimDue(at now: Instant, _ effects: inout [Effect]) {
        while let entry = dueHeap.first, entry.due <= now {
            _ = dueHeap.popFirst()
            guard let lane = lanes[entry.endpoint], lane.heapDue == entry.due else { continue }
            lane.heapDue = nil
            claimIfDue(lane, at: now, &effects)
        }
    }

    private mutating func claimIfDue(_ lane: Lane, at now: Instant, _ effects: inout [Effect]) {
        let limit = lane.claimable(at: now)
        // Without room the next finished attempt asks again; while a claim is on its way its answer does.
        guard limit > 0 else { return }
        guard hasMemory(for: lane, bytes: Limits.claimedPayloadBytes) else {
            return noteWaiting(lane, due: now + Self.claimRetryDelay)
        }
        heldBytes += Limits.claimedPayloadBytes
        lane.nextDue = nil
        lane.claiming = true
        effects.append(.claim(endpoint: lane.endpoint, limit: limit))
    }

    private mutating func claimFailed(_ endpoint: Int64, at now: Instant) {
        heldBytes -= Limits.claimedPayloadBytes
        guard let lane = lanes[endpoint] else { return }
        lane.claiming = false
        lane.nextDue = nil
        noteWaiting(lane, due: now + Self.claimRetryDelay)
    }

    private mutating func requestWake(_ effects: inout [Effect]) {
        guard let due = dueHeap.first?.due, due < wakeRequested ?? .distantFuture else { return }
        wakeRequested = due
        effects.append(.wake(at: due))
    }
}

/// Lanes in turn: a queue over one array.
struct LaneRing {
    private var storage: [Lane] = []
    private var head = 0

    mutating func append(_ lane: Lane) { storage.append(lane) }

    mutating func popFirst() -> Lane? {
        guard head < storage.count else { return nil }
        let first = storage[head]
        head += 1
        if head == storage.count || head >= 4096 {
            storage.removeFirst(head)
            head = 0
        }
        return first
    }
}
