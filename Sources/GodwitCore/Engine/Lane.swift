/// What the engine knows of one endpoint. Bounded: a queue of at most `Limits.heldDeliveriesPerEndpoint`, everything else is in
/// the store. A reference, so that one look-up serves a whole step; it never leaves the core.
final class Lane {
    let endpoint: Int64
    let share: ApplicationShare
    var host: HostShare
    var hostName: String
    var policy: DeliveryPolicy
    var disabled: Bool
    var updatedAt: Instant
    /// Ready to be sent.
    var queue = LaneQueue()
    /// Payload bytes of what is queued and on the wire.
    var heldBytes = 0
    /// Requests on the wire, and the deliveries in them.
    var inFlight = 0
    var deliveriesInFlight = 0

    /// Earliest delivery that waits in the store; nil when none is known. While a claim is on its way: of those noted since.
    var nextDue: Instant?
    /// The entry of this lane in the heap of due lanes that comes first.
    var heapDue: Instant?
    /// A claim is on its way; room for what it may bring is set aside.
    var claiming = false
    /// Where the next claim goes on among the lines.
    var lastLine = Int64.min
    /// Fresh deliveries are left in the store until its backlog is worked off, so that memory stays bounded.
    var overflowing = false

    /// Stands in the ring of its application's lanes that have something to send.
    var inRing = false
    /// Stands in the ring of those that have something to send and nothing on the wire.
    var inIdleRing = false
    /// Waits for its application's permits, or for its host.
    var isParked = false
    /// Its entry in the heap of lanes that may go on at some time.
    var resumesAt: Instant?

    var concurrency = LaneConcurrency()
    var breaker = LaneBreaker()
    /// The receiver asked to be left alone until then.
    var pausedUntil: Instant = .distantPast
    /// As far as other nodes were told.
    var pauseTold: Instant = .distantPast
    var buckets: TokenBuckets
    /// When there is a token again.
    var tokensAt: Instant = .distantPast
    /// Whose it is among nodes, and from when on we may send if it is ours alone.
    var ownership = LaneOwnership.shared
    var ownedFrom: Instant = .distantPast
    var failing: FailingSpan?
    /// `failing` is in the store.
    var isFailingStored: Bool

    init(_ profile: EndpointProfile, share: ApplicationShare, host: HostShare, at now: Instant) {
        endpoint = profile.endpoint
        self.share = share
        self.host = host
        hostName = profile.host
        policy = profile.policy
        disabled = profile.disabled
        updatedAt = profile.updatedAt
        buckets = TokenBuckets(profile.policy.rateLimit, at: now)
        failing = profile.failing
        isFailingStored = profile.failing != nil
    }

    var held: Int { queue.count + deliveriesInFlight }

    var isFull: Bool {
        held >= Limits.heldDeliveriesPerEndpoint || heldBytes >= Limits.heldPayloadBytesPerEndpoint
    }

    enum Readiness: Equatable {
        case ready
        /// Not before that, and then perhaps.
        case later(Instant)
        /// Some event has to come first.
        case no
    }

    /// Whether the next request may be sent, as far as the lane alone knows.
    func readiness(limit bound: Int, at now: Instant) -> Readiness {
        guard !disabled, queue.ready > 0, inFlight < concurrency.limit(atMost: bound) else { return .no }
        if case .later(let at) = gate(at: now) { return .later(max(at, tokensAt)) }
        guard tokensAt <= now else { return .later(tokensAt) }
        switch breaker.state {
        case .closed, .open: break
        case .probing: return .no
        }
        guard let batch = policy.batch, queue.ready < batch.maxMessages, let since = queue.waitingSince else { return .ready }
        return since + batch.maxWait > now ? .later(since + batch.maxWait) : .ready
    }

    /// Whether the endpoint may be sent to at all: not while it is paused, or its breaker open.
    func gate(at now: Instant) -> Readiness {
        var open = max(pausedUntil, ownedFrom)
        if case .open(let until, _) = breaker.state { open = max(open, until) }
        return open > now ? .later(open) : .ready
    }

    /// How many deliveries a claim may bring; 0 when none is to be made now.
    func claimable(at now: Instant) -> Int {
        guard !disabled, !claiming, let nextDue, nextDue <= now, gate(at: now) == .ready else { return 0 }
        guard heldBytes + Limits.claimedPayloadBytes <= Limits.heldPayloadBytesPerEndpoint else { return 0 }
        // Half a window at a time: a claim per freed place would cost one transaction per delivery.
        let room = Limits.heldDeliveriesPerEndpoint - held
        return room >= Limits.heldDeliveriesPerEndpoint / 2 ? min(room, Limits.claimedDeliveries) : 0
    }
}
