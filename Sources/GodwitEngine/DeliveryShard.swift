import GodwitCore
import GodwitSender
import GodwitStore
import Logging
import NIOCore

/// The hands of one engine core: feeds it events and performs its effects, all on one event loop, which also owns the
/// connections of its endpoints. It has no opinion about deliveries.
final class DeliveryShard: @unchecked Sendable {  // Everything but the constants is touched on `eventLoop` only.
    let eventLoop: any EventLoop
    private let context: ShardContext
    private var trust = LeaseTrust.full
    private var core: DeliveryEngineCore
    private let sender: WebhookSender
    private var endpoints: [Int64: ShardEndpoint] = [:]
    /// Attempts that ended during this tick of the loop: they are stepped through the core together, and written together.
    private var finished: [FinishedAttempt] = []
    private var outbox: [WriteJob] = []
    /// What the store has refused so far.
    private var refused: [RefusedWrite] = []
    private var wakeTask: Scheduled<Void>?
    private var drained: EventLoopPromise<Void>?

    private struct ShardEndpoint {
        var assembler: RequestAssembler?
        let overflow: OverflowFlag
        let timeouts: AttemptTimeouts
        let policy: DeliveryPolicy
    }

    init(
        eventLoop: any EventLoop, context: ShardContext, configuration: EngineConfiguration, view: NodeView, seed: UInt64
    ) {
        self.eventLoop = eventLoop
        self.context = context
        core = DeliveryEngineCore(configuration: configuration, lease: view.own, seed: seed)
        sender = WebhookSender(
            eventLoop: eventLoop, resolver: context.resolver, policy: context.settings.policy, tls: context.tls,
            proxy: context.settings.proxy)
        _ = core.step(.begun(view), at: context.clock.now)
    }

    /// Which shard an endpoint belongs to. Keys made in different 4 ms units end in zeros, so their bits are mixed first.
    static func index(of endpoint: Int64, among count: Int) -> Int {
        Int((UInt64(bitPattern: endpoint) &* 0x9E37_79B9_7F4A_7C15) >> 33) % count
    }
}

// MARK: - Events

extension DeliveryShard {
    func committed(_ accepted: [HeldDelivery], waiting: [Int64: Instant]) {
        if !accepted.isEmpty { step(.accepted(accepted)) }
        for (endpoint, due) in waiting { step(.waiting(endpoint: endpoint, due: due)) }
    }

    /// The message was cancelled: what waits in memory of it is not sent.
    func withdraw(message: Int64, endpoint: Int64) {
        step(.messageCancelled(message: message, endpoint: endpoint))
        // What stood behind it in its line may go on.
        step(.waiting(endpoint: endpoint, due: context.clock.now))
    }

    func status(of endpoint: Int64) -> LaneStatus? { core.status(of: endpoint, at: context.clock.now) }

    func heard(_ news: EndpointNews, of endpoint: Int64) { step(.heard(endpoint: endpoint, news)) }

    func waiting(endpoint: Int64, due: Instant) { step(.waiting(endpoint: endpoint, due: due)) }

    func put(_ entry: CatalogueEndpoint) {
        var assembler: RequestAssembler?
        do {
            if entry.endpoint.mode == .push {
                assembler = try RequestAssembler(
                    endpoint: entry.endpoint, settings: context.settings, at: context.clock.now)
            }
        } catch {
            // Its deliveries wait in the store until the endpoint is corrected; none is lost.
            context.logger.error(
                "endpoint can't be sent to",
                metadata: ["endpoint.id": "\(entry.endpoint.id)", "error": "\(type(of: error))"])
        }
        let endpoint = entry.endpoint
        endpoints[entry.key] = ShardEndpoint(
            assembler: assembler, overflow: entry.overflow,
            timeouts: endpoint.policy.timeouts.applied(to: context.settings.timeouts), policy: endpoint.policy)
        step(
            .endpointChanged(
                EndpointProfile(
                    endpoint: entry.key, application: endpoint.application, host: assembler?.url.hostHeader ?? "",
                    disabled: endpoint.disabled || assembler == nil, policy: endpoint.policy, failing: endpoint.failing,
                    updatedAt: endpoint.updatedAt)))
    }

    func setLimited(_ application: Int64, _ isLimited: Bool) {
        step(.applicationChanged(application: application, isLimited: isLimited))
    }

    func permit(_ application: Int64, _ permits: Int) { step(.permitted(application: application, permits)) }

    func remove(endpoint: Int64) {
        step(.endpointDeleted(endpoint: endpoint))
        endpoints[endpoint] = nil
    }

    /// Makes no new attempts. The future is done when nothing is on the wire any more.
    func drain() -> EventLoopFuture<Void> {
        let promise = drained ?? eventLoop.makePromise(of: Void.self)
        drained = promise
        step(.shutdown)
        return promise.futureResult
    }

    func close() { sender.close {} }

    func nodesChanged(_ view: NodeView) { step(.nodesChanged(view)) }

    func begun(_ view: NodeView) { step(.begun(view)) }

    /// The lease may be trusted again, or less than before: in time also when nothing else happens.
    func minded() { mindLease() }

    /// Before each step: a process that was stopped for a while must not go on as if nothing had happened.
    private func mindLease() {
        let trust = context.node.trust
        guard trust != self.trust else { return }
        self.trust = trust
        perform(core.step(.trusted(trust), at: context.clock.now))
    }

    private func step(_ event: EngineEvent) {
        mindLease()
        perform(core.step(event, at: context.clock.now))
    }

    private func attemptEnded(_ attempt: FinishedAttempt) {
        finished.append(attempt)
        if finished.count == 1 { eventLoop.execute { self.stepFinished() } }
    }

    private func stepFinished() {
        let ended = finished
        finished = []
        mindLease()
        for attempt in ended {
            let took = Duration.microseconds(Int64(attempt.report.timings.total))
            perform(
                core.step(.requestFinished(attempt.deliveries, attempt.report.outcome, took: took), at: context.clock.now),
                of: attempt)
        }
    }
}

private struct FinishedAttempt {
    let deliveries: [HeldDelivery]
    let url: String
    let startedAt: Instant
    let report: AttemptReport
    /// Bytes of the response's body that are kept with each attempt.
    let bodyBytesKept: Int
}

// MARK: - Effects

extension DeliveryShard {
    private func perform(_ effects: [Effect], of attempt: FinishedAttempt? = nil) {
        for effect in effects {
            switch effect {
            case .send(let deliveries): send(deliveries)
            case .record(let transition, let delivery, let outcome, let succeeded):
                guard let attempt else { continue }
                record(transition, delivery, outcome, succeeded: succeeded, attempt)
            case .giveUp(let transitions):
                for transition in transitions {
                    // What was cancelled may have left a line, whose next one may be claimed then.
                    let hasLeft = transition.machine.state.isFinished && endpoints[transition.delivery.endpoint] != nil
                    write(transition, nil, isOfLine: transition.machine.line != nil || hasLeft)
                }
            case .claim(let endpoint, let limit, let afterLine): claim(endpoint, limit: limit, afterLine: afterLine)
            case .cancelWaiting(let endpoint): context.hooks.cancelWaiting(endpoint)
            case .overflow(let endpoint, let isOverflowing): endpoints[endpoint]?.overflow.isSet = isOverflowing
            case .disable(let endpoint, let reason, let failing):
                context.hooks.disable(endpoint, attempt?.url ?? "", reason, failing)
            case .noteFailing(let endpoint, let span): context.hooks.noteFailing(endpoint, span)
            case .announceDisabling(let endpoint, let span, let at): context.hooks.announce(endpoint, span, at)
            case .askPermits(let application, let wanted): context.limits.ask(application, wanted, for: self)
            case .returnPermits(let application, let permits): context.limits.giveBack(application, permits)
            case .permitEnded(let application): context.limits.ended(application)
            case .spread(let endpoint, let news): context.hooks.spread(news, endpoint)
            case .passOn(let endpoint, let due): context.hooks.passOn(Wake(endpoint: endpoint, due: due))
            case .wake(let due): wake(at: due)
            case .drained: drained?.succeed()
            }
        }
    }

    private func send(_ deliveries: [HeldDelivery]) {
        guard let key = deliveries.first?.endpoint else { return }
        let startedAt = context.clock.now
        let endpoint = endpoints[key]
        let url = endpoint?.assembler?.url
        let bodyBytesKept = endpoint?.policy.response.bodyBytesKept ?? Limits.responseBodyBytesKept
        let ended = { (report: AttemptReport) in
            self.attemptEnded(
                FinishedAttempt(
                    deliveries: deliveries, url: url?.description ?? "", startedAt: startedAt, report: report,
                    bodyBytesKept: bodyBytesKept))
        }
        do {
            guard let url, let endpoint, let request = try request(for: deliveries, key, at: startedAt) else {
                throw RequestAssembler.MissingSecret()
            }
            // The reply to a batch is read for the names of what failed, so it is kept whole until then.
            sender.send(
                request, to: url, timeouts: endpoint.timeouts,
                bodyBytesKept: endpoint.policy.batch == nil ? bodyBytesKept : Limits.responseBodyBytesKeptMax, completion: ended
            )
        } catch {
            let failure = TransportFailure(.notSigned, "the request could not be signed")
            ended(AttemptReport(outcome: .failed(failure), timings: AttemptTimings(), connectionReused: false))
        }
    }

    private func request(for deliveries: [HeldDelivery], _ key: Int64, at now: Instant) throws -> ByteBuffer? {
        guard endpoints[key]?.policy.batch == nil else {
            let id = context.identifiers.next(BatchKind.self, at: now)
            return try endpoints[key]?.assembler?.request(
                for: deliveries, batch: id.utf8, at: now, allocator: ByteBufferAllocator())
        }
        return try endpoints[key]?.assembler?.request(for: deliveries[0], at: now, allocator: ByteBufferAllocator())
    }

    private func record(
        _ transition: Transition, _ delivery: HeldDelivery, _ outcome: AttemptOutcome, succeeded: Bool,
        _ attempt: FinishedAttempt
    ) {
        var nextAttempt: Instant?
        if case .waiting(let due) = transition.machine.state { nextAttempt = due }
        guard let sent = attempt.deliveries.first(where: { $0.key == transition.delivery }) else { return }
        let record = AttemptRecord(
            id: context.identifiers.next(AttemptKind.self, at: context.clock.now), delivery: transition.delivery,
            application: delivery.message.application, number: sent.attemptNumber, trigger: sent.machine.trigger,
            startedAt: attempt.startedAt, timings: attempt.report.timings, outcome: outcome.keeping(attempt.bodyBytesKept),
            succeeded: succeeded, nextAttempt: nextAttempt, url: attempt.url)
        write(transition, record, isOfLine: sent.machine.line != nil)
        var isExhausted = false
        if case .exhausted = transition.machine.state { isExhausted = sent.machine.resume == nil }
        if let event = OperationalEvent(delivery, record, isExhausted: isExhausted) { context.hooks.tell(event) }
    }

    private func claim(_ endpoint: Int64, limit: Int, afterLine: Int64) {
        submit(
            WriteJob(.claim(Claim(endpoint: endpoint, limit: limit, lease: core.lease, afterLine: afterLine))) {
                [eventLoop] result in
                eventLoop.execute {
                    if case .success(.claimed(let claimed)) = result {
                        self.step(
                            .claimed(
                                endpoint: endpoint, claimed.deliveries, nextDue: claimed.nextDue, lastLine: claimed.lastLine))
                    } else {
                        self.step(.claimFailed(endpoint: endpoint))
                    }
                }
            })
    }

    private func wake(at due: Instant) {
        wakeTask?.cancel()
        let delay = max(.zero, due - context.clock.now)
        wakeTask = eventLoop.scheduleTask(in: .milliseconds(delay.wholeMilliseconds)) { self.step(.woke) }
    }
}

// MARK: - Writing

extension DeliveryShard {
    /// Until what the store refused is offered again.
    static let rewriteDelay: TimeAmount = .milliseconds(500)

    /// What is written during one tick of the loop is handed to the writer together.
    private func submit(_ job: WriteJob) {
        outbox.append(job)
        guard outbox.count == 1 else { return }
        eventLoop.execute {
            let jobs = self.outbox
            self.outbox = []
            self.context.committer.submit(jobs)
        }
    }

    /// An outcome must not be lost while the process lives: when the store refuses, it is offered again until it takes it.
    ///
    /// - Parameter isOfLine: the delivery stood in a line, whose next one may be claimed once this is durable.
    private func write(_ transition: Transition, _ record: AttemptRecord?, isOfLine: Bool) {
        submit(
            WriteJob(.move(transition, record)) { [eventLoop, context] result in
                switch result {
                case .success(.moved(false)):
                    context.logger.debug(
                        "late result: another node has taken the delivery over",
                        metadata: ["message.key": "\(transition.delivery.message)"])
                case .success:
                    var due: Instant? = isOfLine ? context.clock.now : nil
                    if case .waiting(let at) = transition.machine.state { due = min(due ?? at, at) }
                    guard let due else { return }
                    // Only now can a claim find it; and its endpoint may have been deleted meanwhile.
                    eventLoop.execute { self.waiting(endpoint: transition.delivery.endpoint, due: due) }
                case .failure(let error):
                    eventLoop.execute { self.keep(.init(transition, record, isOfLine: isOfLine), refusedFor: error) }
                }
            })
    }

    /// All that was refused waits for one timer and makes one line of the log per round: a long outage must not fill the disk.
    private func keep(_ write: RefusedWrite, refusedFor error: StoreError) {
        refused.append(write)
        guard refused.count == 1 else { return }
        context.logger.warning("outcomes could not be stored yet", metadata: ["error": "\(error)"])
        eventLoop.assumeIsolated().scheduleTask(in: Self.rewriteDelay) {
            let writes = self.refused
            self.refused = []
            for write in writes { self.write(write.transition, write.record, isOfLine: write.isOfLine) }
        }
    }
}

private struct RefusedWrite {
    let transition: Transition
    let record: AttemptRecord?
    let isOfLine: Bool

    init(_ transition: Transition, _ record: AttemptRecord?, isOfLine: Bool) {
        self.transition = transition
        self.record = record
        self.isOfLine = isOfLine
    }
}

extension AttemptOutcome {
    /// With no more of the response's body than that.
    fileprivate func keeping(_ bytes: Int) -> AttemptOutcome {
        guard case .responded(var response) = self, response.body.count > bytes else { return self }
        response.body = Array(response.body.prefix(bytes))
        return .responded(response)
    }
}
