import GodwitCore
import GodwitSender
import GodwitStore
import Logging
import NIOCore
import NIOSSL

/// The hands of one engine core: feeds it events and performs its effects, all on one event loop, which also owns the
/// connections of its endpoints. It has no opinion about deliveries.
final class DeliveryShard: @unchecked Sendable {  // Everything but the constants is touched on `eventLoop` only.
    let eventLoop: any EventLoop
    private let context: ShardContext
    private let lease: Lease
    private var core: DeliveryEngineCore
    private let sender: WebhookSender
    private var endpoints: [Int64: ShardEndpoint] = [:]
    /// Attempts that ended during this tick of the loop: they are stepped through the core together, and written together.
    private var finished: [FinishedAttempt] = []
    private var outbox: [WriteJob] = []
    /// What the store has refused so far.
    private var refused: [(Transition, AttemptRecord?)] = []
    private var wakeTask: Scheduled<Void>?
    private var drained: EventLoopPromise<Void>?

    private struct ShardEndpoint {
        var assembler: RequestAssembler?
        let overflow: OverflowFlag
    }

    init(eventLoop: any EventLoop, context: ShardContext, lease: Lease, seed: UInt64) {
        self.eventLoop = eventLoop
        self.context = context
        self.lease = lease
        core = DeliveryEngineCore(configuration: context.settings.core, lease: lease, seed: seed)
        sender = WebhookSender(
            eventLoop: eventLoop, resolver: context.resolver, policy: context.settings.policy, tls: context.tls)
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

    func waiting(endpoint: Int64, due: Instant) { step(.waiting(endpoint: endpoint, due: due)) }

    func put(_ entry: CatalogueEndpoint) {
        var assembler: RequestAssembler?
        do {
            assembler = try RequestAssembler(endpoint: entry.endpoint, settings: context.settings, at: context.clock.now)
        } catch {
            // Its deliveries wait in the store until the endpoint is corrected; none is lost.
            context.logger.error(
                "endpoint can't be sent to",
                metadata: ["endpoint.id": "\(entry.endpoint.id)", "error": "\(type(of: error))"])
        }
        endpoints[entry.key] = ShardEndpoint(assembler: assembler, overflow: entry.overflow)
        step(.endpointChanged(endpoint: entry.key, disabled: entry.endpoint.disabled || assembler == nil))
    }

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

    private func step(_ event: EngineEvent) {
        perform(core.step(event, at: context.clock.now))
    }

    private func attemptEnded(_ attempt: FinishedAttempt) {
        finished.append(attempt)
        if finished.count == 1 { eventLoop.execute { self.stepFinished() } }
    }

    private func stepFinished() {
        let ended = finished
        finished = []
        for attempt in ended {
            perform(core.step(.attemptFinished(attempt.delivery, attempt.report.outcome), at: context.clock.now), of: attempt)
        }
    }
}

private struct FinishedAttempt {
    let delivery: HeldDelivery
    let url: String
    let startedAt: Instant
    let report: AttemptReport
}

// MARK: - Effects

extension DeliveryShard {
    private func perform(_ effects: [Effect], of attempt: FinishedAttempt? = nil) {
        for effect in effects {
            switch effect {
            case .send(let delivery): send(delivery)
            case .record(let transition, let delivery, let outcome, let succeeded):
                guard let attempt else { continue }
                record(transition, delivery, outcome, succeeded: succeeded, attempt)
            case .giveUp(let transitions): for transition in transitions { write(transition, nil) }
            case .claim(let endpoint, let limit): claim(endpoint, limit: limit)
            case .cancelWaiting(let endpoint): context.cancelWaiting(endpoint)
            case .overflow(let endpoint, let isOverflowing): endpoints[endpoint]?.overflow.isSet = isOverflowing
            case .disable(let endpoint): context.disable(endpoint, attempt?.url ?? "")
            case .wake(let due): wake(at: due)
            case .drained: drained?.succeed()
            }
        }
    }

    private func send(_ delivery: HeldDelivery) {
        let startedAt = context.clock.now
        let url = endpoints[delivery.endpoint]?.assembler?.url
        do {
            guard let url,
                let request = try endpoints[delivery.endpoint]?.assembler?.request(
                    for: delivery, at: startedAt, allocator: ByteBufferAllocator())
            else { throw RequestAssembler.MissingSecret() }
            sender.send(request, to: url, timeouts: context.settings.timeouts) { report in
                self.attemptEnded(
                    FinishedAttempt(delivery: delivery, url: url.description, startedAt: startedAt, report: report))
            }
        } catch {
            let failure = TransportFailure(.notSigned, "the request could not be signed")
            let report = AttemptReport(outcome: .failed(failure), timings: AttemptTimings(), connectionReused: false)
            attemptEnded(
                FinishedAttempt(delivery: delivery, url: url?.description ?? "", startedAt: startedAt, report: report))
        }
    }

    private func record(
        _ transition: Transition, _ delivery: HeldDelivery, _ outcome: AttemptOutcome, succeeded: Bool,
        _ attempt: FinishedAttempt
    ) {
        var nextAttempt: Instant?
        if case .waiting(let due) = transition.machine.state { nextAttempt = due }
        let record = AttemptRecord(
            id: context.identifiers.next(AttemptKind.self, at: context.clock.now), delivery: transition.delivery,
            application: delivery.message.application, number: attempt.delivery.attemptNumber,
            trigger: attempt.delivery.machine.trigger, startedAt: attempt.startedAt, timings: attempt.report.timings,
            outcome: outcome, succeeded: succeeded, nextAttempt: nextAttempt, url: attempt.url)
        write(transition, record)
    }

    private func claim(_ endpoint: Int64, limit: Int) {
        submit(
            WriteJob(.claim(Claim(endpoint: endpoint, limit: limit, lease: lease))) { [eventLoop] result in
                eventLoop.execute {
                    if case .success(.claimed(let claimed)) = result {
                        self.step(.claimed(endpoint: endpoint, claimed.deliveries, nextDue: claimed.nextDue))
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
    private func write(_ transition: Transition, _ record: AttemptRecord?) {
        submit(
            WriteJob(.move(transition, record)) { [eventLoop, context] result in
                switch result {
                case .success(.moved(false)):
                    context.logger.debug(
                        "late result: another node has taken the delivery over",
                        metadata: ["message.key": "\(transition.delivery.message)"])
                case .success:
                    guard case .waiting(let due) = transition.machine.state else { return }
                    // Only now can a claim find it; and its endpoint may have been deleted meanwhile.
                    eventLoop.execute { self.waiting(endpoint: transition.delivery.endpoint, due: due) }
                case .failure(let error):
                    eventLoop.execute { self.keep(transition, record, refusedFor: error) }
                }
            })
    }

    /// All that was refused waits for one timer and makes one line of the log per round: a long outage must not fill the disk.
    private func keep(_ transition: Transition, _ record: AttemptRecord?, refusedFor error: StoreError) {
        refused.append((transition, record))
        guard refused.count == 1 else { return }
        context.logger.warning("outcomes could not be stored yet", metadata: ["error": "\(error)"])
        eventLoop.assumeIsolated().scheduleTask(in: Self.rewriteDelay) {
            let writes = self.refused
            self.refused = []
            for (transition, record) in writes { self.write(transition, record) }
        }
    }
}

/// What all shards of a process share.
struct ShardContext: Sendable {
    let settings: EngineSettings
    let clock: WallClock
    let identifiers: IdentifierSource
    let committer: Committer
    let resolver: NameResolver
    let tls: NIOSSLContext
    let logger: Logger
    /// Tidies up after an endpoint that was deleted.
    let cancelWaiting: @Sendable (Int64) -> Void
    /// Disables an endpoint whose receiver at this URL is gone.
    let disable: @Sendable (Int64, String) -> Void
}
