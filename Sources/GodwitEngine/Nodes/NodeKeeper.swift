import Dispatch
import GodwitCore
import GodwitStore
import Logging
import NIOCore
import NIOPosix
import Synchronization

/// One thread that keeps this node among the others: renews its lease, and looks for what they did. Not at all for a store that one
/// node has for itself.
final class NodeKeeper: Sendable {
    private struct Flags {
        /// The catalogue is complete, so it can be followed.
        var isFollowing = false
        /// The node delivers no more, and ends soon.
        var isRetiring = false
        var isStopping = false
        var isReading = false
        var followed: Int64
        /// Notes that were heard and are being taken away.
        var heard: Set<Int64> = []
    }

    let store: any Store
    let node: NodeLease
    private let clock: SharedClock?
    let logger: Logger
    private let flags: Mutex<Flags>
    private let thread = NIOThreadPool(numberOfThreads: 1)
    private let finished = DispatchSemaphore(value: 0)

    /// - Parameter followed: the revision that stood before the catalogue was read.
    init(store: any Store, node: NodeLease, clock: SharedClock?, followed: Int64, logger: Logger) {
        self.store = store
        self.node = node
        self.clock = clock
        self.logger = logger
        flags = Mutex(Flags(followed: followed))
    }

    func start(_ engine: DeliveryEngine) {
        guard store.isShared else { return }
        thread.start()
        thread.submit { [self, weak engine] _ in
            var rounds = NodeRounds(keeper: self)
            while !isStopping, let engine { rounds.next(engine) }
            finished.signal()
        }
    }

    func followClock() throws(StoreError) { try clock?.follow(store) }

    func follow() { flags.withLock { $0.isFollowing = true } }
    func retire() { flags.withLock { $0.isRetiring = true } }

    /// Blocks for up to one round.
    func stop() {
        guard store.isShared else { return }
        flags.withLock { $0.isStopping = true }
        finished.wait()
        try? thread.syncShutdownGracefully()
    }

    var isStopping: Bool { flags.withLock { $0.isStopping } }
    var isRetiring: Bool { flags.withLock { $0.isRetiring } }
    var isFollowing: Bool { flags.withLock { $0.isFollowing } }
    var followed: Int64 { flags.withLock { $0.followed } }

    /// - Returns: from where on to read; nil while that is being done.
    func beginReading() -> Int64? {
        flags.withLock { flags in
            guard !flags.isReading else { return nil }
            flags.isReading = true
            return flags.followed
        }
    }

    /// - Parameter revision: nil when it failed.
    func endReading(_ revision: Int64?) {
        flags.withLock { flags in
            flags.isReading = false
            if let revision { flags.followed = revision }
        }
    }

    /// - Returns: those that were not heard before.
    func hear(_ wakes: [NumberedWake]) -> [NumberedWake] {
        flags.withLock { flags in wakes.filter { flags.heard.insert($0.number).inserted } }
    }

    /// What could not be taken away is heard once more.
    func forget(_ numbers: [Int64]) { flags.withLock { $0.heard.subtract(numbers) } }
}

/// What the keeper's thread does, round after round.
struct NodeRounds {
    private let keeper: NodeKeeper
    private var watch: NodeWatch
    private var nextRenewal: Instant = .distantPast
    private var nextPoll: Instant = .distantPast
    private var renewedAs: NodeRole?
    private var trust = LeaseTrust.full
    private var isComplaining = false
    /// What was missed while nobody believed in us is not all among the changes.
    private var needsReload = false
    private var feedHeads: [Int64: Int64] = [:]

    init(keeper: NodeKeeper) {
        self.keeper = keeper
        watch = NodeWatch(begunAt: keeper.node.now)
    }

    mutating func next(_ engine: DeliveryEngine) {
        let began = keeper.node.now
        if began >= nextRenewal || (keeper.isRetiring && renewedAs != .api) {
            attempt { (rounds: inout NodeRounds) throws(StoreError) in try rounds.renew(engine) }
        }
        let now = keeper.node.trust
        if now != trust {
            trust = now
            if now == .none { keeper.logger.warning("the lease could not be renewed: nothing is sent until it is") }
            for shard in engine.shards { shard.eventLoop.execute { shard.minded() } }
        }
        if keeper.isFollowing {
            engine.wakes.flush()
            attempt { (rounds: inout NodeRounds) throws(StoreError) in try rounds.reload(engine) }
            if !needsReload { attempt { (rounds: inout NodeRounds) throws(StoreError) in try rounds.look(engine) } }
        }
        let spent = (keeper.node.now - began).wholeMilliseconds
        // However often we are told: a busy neighbour must not make this a loop without a pause.
        let pause = Int64(Limits.nodeLookPauseMilliseconds)
        if spent < pause { _ = DispatchSemaphore(value: 0).wait(timeout: .now() + .milliseconds(Int(pause - spent))) }
        keeper.store.awaitNews(atMost: .milliseconds(Limits.nodeLookMilliseconds))
    }

    /// What fails is done again in the next round.
    private mutating func attempt(_ body: (inout NodeRounds) throws(StoreError) -> Void) {
        do throws(StoreError) {
            try body(&self)
            isComplaining = false
        } catch {
            if !isComplaining, !keeper.isStopping {
                keeper.logger.warning("this node can't reach its store", metadata: ["error": "\(error)"])
            }
            isComplaining = true
        }
    }

    private mutating func renew(_ engine: DeliveryEngine) throws(StoreError) {
        let node = keeper.node
        let asked = node.now
        let role = keeper.isRetiring ? .api : engine.settings.role
        let own = node.lease
        guard let nodes = try keeper.store.renew(own, as: role, at: engine.clock.now) else {
            guard !keeper.isRetiring else { return }
            return try beginAnew(engine)
        }
        node.renewed(at: asked)
        // Their trust may have run out while this thread waited for the answer, so that it never saw it.
        for shard in engine.shards { shard.eventLoop.execute { shard.minded() } }
        renewedAs = role
        nextRenewal = asked + Limits.nodeRenewal
        let view = NodeView(own: own, role: role, nodes)
        if node.see(view) {
            for shard in engine.shards { shard.eventLoop.execute { shard.nodesChanged(view) } }
        }
        let lost = watch.renewed(nodes, own: own, takesOver: view.takesOver, asked: asked, heard: node.now)
        for lease in lost { engine.takeOver(lease) }
        try keeper.followClock()
    }

    /// Others took this node for dead: what it held is theirs.
    private mutating func beginAnew(_ engine: DeliveryEngine) throws(StoreError) {
        guard keeper.isFollowing else { return }
        let asked = keeper.node.now
        let view = try NodeLease.begin(engine.settings.role, keeper.store, at: engine.clock.now)
        keeper.logger.warning("this node was given up, and begins anew", metadata: ["lease": "\(view.own.rawValue)"])
        engine.identifiers.move(to: view.own.slot)
        for shard in engine.shards { try? shard.eventLoop.submit { shard.begun(view) }.wait() }
        keeper.node.begin(view, at: asked)
        nextRenewal = asked + Limits.nodeRenewal
        watch = NodeWatch(begunAt: asked)
        needsReload = true
    }

    private mutating func reload(_ engine: DeliveryEngine) throws(StoreError) {
        guard needsReload, keeper.beginReading() != nil else { return }
        var revision: Int64?
        defer { keeper.endReading(revision) }
        revision = try engine.reload()
        needsReload = false
    }

    private mutating func look(_ engine: DeliveryEngine) throws(StoreError) {
        let news = try keeper.store.news(after: keeper.followed)
        if news.hasChanges { engine.readChanges() }
        engine.hear(keeper.hear(news.wakes.filter { engine.isOurs($0.wake.endpoint) }))
        guard keeper.node.now >= nextPoll else { return }
        nextPoll = keeper.node.now + .milliseconds(Limits.nodePollMilliseconds)
        try lookAtFeeds(engine)
        if keeper.node.view.keepsHouse { try engine.goOnWithWork() }
    }

    private mutating func lookAtFeeds(_ engine: DeliveryEngine) throws(StoreError) {
        let awaited = engine.feeds.awaited
        guard !awaited.isEmpty else {
            feedHeads = [:]
            return
        }
        let heads = try keeper.store.feedHeads(awaited)
        // One that was not looked at before may have grown before it was.
        for (endpoint, head) in heads where head > feedHeads[endpoint] ?? -1 { engine.feeds.notify(endpoint) }
        feedHeads = heads
    }
}
