package import GodwitCore
import GodwitSender
package import GodwitStore
package import Logging
package import NIOCore
import Synchronization

/// Accepts messages and delivers them: the catalogue, the writer, the shards, and what connects them.
///
/// The way of a message: `publish` → `Committer` → `HandOff` → `DeliveryShard` → `DeliveryEngineCore` → `WebhookSender` →
/// `DeliveryShard` → `Committer`.
package final class DeliveryEngine: Sendable {
    package let catalogue: Catalogue
    let store: any Store
    let clock: WallClock
    let identifiers: IdentifierSource
    let committer: Committer
    let reads: ReadPool
    let shards: [DeliveryShard]
    let handOff: HandOff
    let resolver: NameResolver
    let limits: ApplicationLimits
    let settings: EngineSettings
    let node: NodeLease
    let keeper: NodeKeeper
    let wakes: WakeOutbox
    let replays = RunningWork()
    let tasks = RunningWork()
    /// Leases that are being taken over from.
    let departures = RunningWork()
    let feeds = FeedNotifier()
    let forgetting = Mutex(ForgettingPlace())
    package let access = AccessRegister()
    let logger: Logger

    /// Begins a life of this node, and starts delivering.
    ///
    /// - Throws: `StoreError`, or an error of NIOSSL when the trust roots can't be used.
    package static func start(
        store: any Store, settings: EngineSettings, eventLoops: any EventLoopGroup, clock: WallClock = .system, logger: Logger
    ) async throws -> DeliveryEngine {
        let engine = try DeliveryEngine(
            store: store, settings: settings, eventLoops: eventLoops, clock: clock, logger: logger)
        engine.committer.start()
        engine.keeper.start(engine)
        try await engine.recover()
        engine.keeper.follow()
        engine.keepHouse(in: .seconds(Int64(Limits.expungeFirstSeconds)))
        engine.keepAccessCurrent()
        return engine
    }

    private init(
        store: any Store, settings: EngineSettings, eventLoops: any EventLoopGroup, clock: WallClock, logger: Logger
    ) throws {
        self.store = store
        self.settings = settings
        let shared = try SharedClock(store, own: clock, logger: logger)
        let clock = shared.map { shared in WallClock { shared.now } } ?? clock
        self.clock = clock
        self.logger = logger
        catalogue = Catalogue()
        reads = ReadPool(store: store)
        resolver = NameResolver()
        let started = ContinuousClock.now
        let view = try NodeLease.begin(settings.role, store, at: clock.now)
        let node = NodeLease(view, isShared: store.isShared, started: started)
        self.node = node
        // After the lease was begun: what others of this slot have written is there.
        identifiers = IdentifierSource(after: try store.greatestKey(), slot: store.isShared ? view.own.slot : nil)
        keeper = NodeKeeper(store: store, node: node, clock: shared, followed: try store.revision(), logger: logger)
        let relay = EngineRelay()
        committer = Committer(store: store, clock: clock, mayAccept: { node.trust != .none }) {
            relay.engine?.handOff.flush()
        }
        limits = ApplicationLimits(clock: clock)
        let committer = committer
        let wakes = WakeOutbox { wakes, done in
            committer.submit([
                WriteJob(.catalog(.node(.wake(wakes)))) { result in
                    if case .success(.catalog(.success)) = result { done(true) } else { done(false) }
                }
            ])
        }
        self.wakes = wakes
        let context = ShardContext(
            settings: settings, clock: clock, identifiers: identifiers, committer: committer, resolver: resolver,
            tls: try TLSClientContext(additionalRoots: settings.extraTrustRoots), limits: limits, node: node,
            logger: logger,
            hooks: ShardHooks(
                cancelWaiting: { relay.engine?.cancelWaiting($0) {} },
                disable: { relay.engine?.disable($0, at: $1, $2, $3) },
                noteFailing: { relay.engine?.noteFailing($0, $1) }, spread: { relay.engine?.spread($0, of: $1) },
                announce: { relay.engine?.announceDisabling($0, $1, at: $2) }, tell: { relay.engine?.tell($0) },
                passOn: { wakes.add($0) }))
        var random = SystemRandomNumberGenerator()
        let eventLoops = Array(eventLoops.makeIterator())
        shards = eventLoops.map { eventLoop in
            DeliveryShard(
                eventLoop: eventLoop, context: context, configuration: settings.core.share(of: eventLoops.count), view: view,
                seed: random.next())
        }
        handOff = HandOff(shards: shards)
        relay.engine = self
    }

    package var now: Instant { clock.now }

    package func makeIdentifier<Kind: Identified>(_ kind: Kind.Type) -> Identifier<Kind> {
        identifiers.next(kind, at: clock.now)
    }

    package func read<Value: Sendable>(
        _ body: @escaping @Sendable (any Store) throws(StoreError) -> Value
    ) async throws(StoreError) -> Value {
        try await reads.read(body)
    }

    func shard(of endpoint: Int64) -> DeliveryShard {
        shards[DeliveryShard.index(of: endpoint, among: shards.count)]
    }
}

/// Lets the parts that are made first reach the engine that is made last.
private final class EngineRelay: Sendable {
    private struct Weak { weak var engine: DeliveryEngine? }
    private let state = Mutex(Weak())

    var engine: DeliveryEngine? {
        get { state.withLock { $0.engine } }
        set { state.withLock { $0.engine = newValue } }
    }
}

// MARK: - Publishing

extension DeliveryEngine {
    /// From a checked request to a queued commit, without a wait.
    ///
    /// - Parameter completion: called on `eventLoop`, after the message is durable or nothing of it was stored.
    package func publish(
        _ request: PublishRequest, on eventLoop: any EventLoop, completion: @escaping @Sendable (PublishOutcome) -> Void
    ) {
        let now = clock.now
        let message = Message(
            id: identifiers.next(MessageKind.self, at: now), application: request.application.application.id.key,
            eventType: request.eventType, eventID: request.eventID, channels: request.channels, tags: request.tags,
            payload: request.payload, createdAt: now, payloadExpiresAt: now + request.payloadRetention,
            timing: request.timing, orderingKey: request.orderingKey, raw: request.raw)
        var deliveries: [(endpoint: Int64, machine: DeliveryStateMachine)] = []
        for target in request.application.endpoints where request.isFor(target) {
            deliveries.append((target.key, fresh(message, for: target, request, at: now)))
        }
        let new = NewMessage(message: message, idempotency: request.idempotency, deliveries: deliveries)
        let job = WriteJob(.publish(new)) { [handOff, feeds] result in
            let outcome = PublishOutcome(result, of: message)
            if case .success(.published(.stored(let sequences))) = result {
                for (delivery, sequence) in zip(new.deliveries, sequences) {
                    handOff.add(
                        HeldDelivery(
                            message: message, endpoint: delivery.endpoint, sequence: sequence, machine: delivery.machine))
                    feeds.notify(delivery.endpoint)
                }
            }
            handOff.call(on: eventLoop) { completion(outcome) }
        }
        if !committer.submitPublish(job, payloadBytes: message.contentBytes) {
            eventLoop.execute { completion(.overloaded) }
        }
    }
}

extension DeliveryEngine {
    /// As the other, for callers that wait in a task.
    package func publish(_ request: PublishRequest) async -> PublishOutcome {
        await withCheckedContinuation { continuation in
            publish(request, on: shards[0].eventLoop) { continuation.resume(returning: $0) }
        }
    }

    private func fresh(
        _ message: Message, for target: CatalogueEndpoint, _ request: PublishRequest, at now: Instant
    ) -> DeliveryStateMachine {
        // What is scheduled stands in no line: it would hold up all that are published until then.
        if let due = message.timing.deliverAt, due > now { return .waiting(due: due) }
        let line = target.endpoint.policy.order.line(
            orderingKey: message.orderingKey, payload: request.payload, header: request.header)
        if let line { return .waiting(due: now, line: line) }
        // Where nothing is sent, it waits to be fetched.
        let isLeft = target.overflow.isSet || target.endpoint.mode == .pull
        return isLeft ? .waiting(due: now) : .accepted(under: node.lease)
    }
}

extension PublishOutcome {
    fileprivate init(_ result: Result<WriteResult, StoreError>, of message: Message) {
        switch result {
        case .failure(let error): self = .failed(error)
        case .success(.published(.stored)): self = .accepted(message)
        case .success(.published(.repeated(let message))): self = .repeated(message: message)
        case .success(.published(.idempotencyMismatch)): self = .idempotencyMismatch
        case .success(.published(.duplicateEventID)): self = .duplicateEventID
        case .success: self = .failed(StoreError(.unusable, "the store answered a publish with something else"))
        }
    }
}
