import GodwitCore
import Testing

@Suite("The engine's core among other nodes") struct SharedEndpointTests {
    typealias Scene = EngineScene

    static let fifo = DeliveryPolicy(order: .fifo(nil, .block))
    static let limited = DeliveryPolicy(rateLimit: RateLimit(perSecond: 100))
    static let other = Lease(rawValue: 2)

    static func view(others: [(Lease, NodeRole)] = [(other, .all)], role: NodeRole = .all) -> NodeView {
        NodeView(own: Scene.lease, role: role, others: others.map { (lease: $0.0, role: $0.1) })
    }

    /// An endpoint that is ours, and one that is the other's, when there are two.
    static let (ours, theirs): (Int64, Int64) = {
        let keys = 1...100 as ClosedRange<Int64>
        return (keys.first { view().owns($0) } ?? 0, keys.first { !view().owns($0) } ?? 0)
    }()

    static func passedOn(_ effects: [Effect]) -> [Int64: Instant] {
        var passed: [Int64: Instant] = [:]
        for case .passOn(let endpoint, let due) in effects { passed[endpoint] = due }
        return passed
    }

    static func overflows(_ effects: [Effect]) -> [Int64: Bool] {
        var overflows: [Int64: Bool] = [:]
        for case .overflow(let endpoint, let isSet) in effects { overflows[endpoint] = isSet }
        return overflows
    }

    @Test("passes on what waits for an endpoint whose order or rate is another node's", arguments: [fifo, limited])
    func foreign(policy: DeliveryPolicy) {
        var core = Scene.core(endpoints: [Self.ours, Self.theirs], policy: policy)
        let effects = core.step(.nodesChanged(Self.view()), at: Scene.now)
        #expect(Self.overflows(effects) == [Self.theirs: true])
        let due = Scene.now + .seconds(9)
        #expect(Self.passedOn(core.step(.waiting(endpoint: Self.theirs, due: due), at: Scene.now)) == [Self.theirs: due])
        #expect(Scene.claims(core.step(.waiting(endpoint: Self.theirs, due: Scene.now), at: Scene.now)).isEmpty)
        #expect(Scene.claims(core.step(.waiting(endpoint: Self.ours, due: Scene.now), at: Scene.now)) == [Self.ours])
    }

    @Test("delivers what anyone may, wherever it was accepted")
    func shared() {
        var core = Scene.core(endpoints: [Self.ours, Self.theirs])
        #expect(Self.overflows(core.step(.nodesChanged(Self.view()), at: Scene.now)).isEmpty)
        let deliveries = [Scene.fresh(Self.ours, 1), Scene.fresh(Self.theirs, 2)]
        #expect(Scene.sent(core.step(.accepted(deliveries), at: Scene.now)).count == 2)
    }

    @Test("gives back what it holds when an endpoint becomes another's, and says what it knows")
    func leaving() {
        var core = Scene.core(endpoints: [Self.theirs], policy: Self.limited, perEndpoint: 1)
        let sent = Scene.sent(
            core.step(.accepted([Scene.fresh(Self.theirs, 1), Scene.fresh(Self.theirs, 2)]), at: Scene.now))
        #expect(sent.count == 1)
        let due = Scene.now + .seconds(60)
        _ = core.step(.waiting(endpoint: Self.theirs, due: due), at: Scene.now)
        let effects = core.step(.nodesChanged(Self.view()), at: Scene.now)
        #expect(Scene.givenUp(effects).map(\.delivery.message) == [2])
        #expect(Self.passedOn(effects) == [Self.theirs: due])
        // What is on the wire may end; its retry is the other's.
        let ended = core.step(.requestFinished(sent, Scene.answered(500), took: .zero), at: Scene.now)
        #expect(Scene.recorded(ended).count == 1)
        #expect(Self.passedOn(ended).count == 1 && Scene.sent(ended).isEmpty)
    }

    @Test("hands back what was accepted for an endpoint that became another's meanwhile")
    func late() {
        var core = Scene.core(endpoints: [Self.theirs], policy: Self.limited)
        _ = core.step(.nodesChanged(Self.view()), at: Scene.now)
        let effects = core.step(.accepted([Scene.fresh(Self.theirs, 1)]), at: Scene.now)
        #expect(Scene.givenUp(effects).map(\.machine) == [.waiting(due: Scene.now)])
        #expect(Scene.sent(effects).isEmpty)
    }

    @Test("delivers nothing as a node that accepts only")
    func acceptsOnly() {
        var core = Scene.core(endpoints: [1])
        _ = core.step(.nodesChanged(Self.view(others: [], role: .api)), at: Scene.now)
        #expect(Scene.givenUp(core.step(.accepted([Scene.fresh(1, 1)]), at: Scene.now)).count == 1)
        #expect(Self.passedOn(core.step(.waiting(endpoint: 1, due: Scene.now), at: Scene.now)) == [1: Scene.now])
    }

    @Test("leaves what is its own alone at first, for a node that doesn't know of it yet")
    func joining() {
        var core = Scene.core(endpoints: [])
        _ = core.step(.begun(Self.view()), at: Scene.now)
        _ = core.step(.endpointChanged(Scene.profile(Self.ours, policy: Self.fifo)), at: Scene.now)
        #expect(Scene.claims(core.step(.waiting(endpoint: Self.ours, due: Scene.now), at: Scene.now)).isEmpty)
        let later = Scene.now + Limits.nodeHandover
        #expect(Scene.claims(core.step(.woke, at: later + .milliseconds(-1))).isEmpty)
        #expect(Scene.claims(core.step(.woke, at: later)) == [Self.ours])

        var alone = Scene.core(endpoints: [])
        _ = alone.step(.begun(Self.view(others: [])), at: Scene.now)
        _ = alone.step(.endpointChanged(Scene.profile(1, policy: Self.fifo)), at: Scene.now)
        #expect(Scene.claims(alone.step(.waiting(endpoint: 1, due: Scene.now), at: Scene.now)) == [1])
    }

    @Test("takes over at once from a node that is gone")
    func inheriting() {
        var core = Scene.core(endpoints: [Self.theirs], policy: Self.fifo)
        _ = core.step(.nodesChanged(Self.view()), at: Scene.now)
        _ = core.step(.nodesChanged(Self.view(others: [])), at: Scene.now)
        #expect(Scene.claims(core.step(.waiting(endpoint: Self.theirs, due: Scene.now), at: Scene.now)) == [Self.theirs])
    }

    @Test("sends less and less under a lease that is in doubt, and goes on when it is not")
    func doubt() {
        var core = Scene.core(endpoints: [Self.ours], policy: Self.limited)
        _ = core.step(.endpointChanged(Scene.profile(Self.theirs)), at: Scene.now)
        _ = core.step(.nodesChanged(Self.view()), at: Scene.now)
        func publish(_ message: Int64) -> Set<Int64> {
            let deliveries = [Scene.fresh(Self.ours, message), Scene.fresh(Self.theirs, message + 1)]
            return Set(Scene.sent(core.step(.accepted(deliveries), at: Scene.now)).map(\.endpoint))
        }
        #expect(publish(1) == [Self.ours, Self.theirs])
        _ = core.step(.trusted(.shared), at: Scene.now)
        #expect(publish(3) == [Self.theirs])
        _ = core.step(.trusted(.none), at: Scene.now)
        #expect(publish(5).isEmpty)
        #expect(Scene.claims(core.step(.waiting(endpoint: Self.theirs, due: Scene.now), at: Scene.now)).isEmpty)
        let resumed = core.step(.trusted(.full), at: Scene.now)
        #expect(Scene.sent(resumed).map(\.message.id.key).sorted() == [3, 5, 6])
    }

    @Test("forgets what it held when it begins anew, and reports what is on the wire under the lease it was sent under")
    func anew() {
        var core = Scene.core(endpoints: [1], perEndpoint: 1)
        let sent = Scene.sent(core.step(.accepted([Scene.fresh(1, 1), Scene.fresh(1, 2)]), at: Scene.now))
        let second = Lease(rawValue: 9)
        let effects = core.step(.begun(NodeView(own: second, role: .all, others: [])), at: Scene.now)
        #expect(Scene.givenUp(effects).isEmpty && Scene.sent(effects).isEmpty)
        let ended = core.step(.requestFinished(sent, Scene.answered(204), took: .zero), at: Scene.now)
        #expect(Scene.recorded(ended).map(\.lease) == [Scene.lease])
        #expect(Scene.sent(ended).isEmpty)
        // What was accepted or claimed in the former life was taken over.
        #expect(Scene.sent(core.step(.accepted([Scene.fresh(1, 3)]), at: Scene.now)).isEmpty)
        let claimed = EngineEvent.claimed(endpoint: 1, [Scene.fresh(1, 4)], nextDue: nil, lastLine: 0)
        #expect(Scene.sent(core.step(claimed, at: Scene.now)).isEmpty)
        #expect(core.lease == second)
    }

    @Test("keeps endpoints that share a limit in one hand")
    func applicationLimit() {
        var core = Scene.core(endpoints: [])
        _ = core.step(.nodesChanged(Self.view()), at: Scene.now)
        for endpoint in [1, 2, 3] as [Int64] {
            _ = core.step(
                .endpointChanged(Scene.profile(endpoint, application: Self.theirs)), at: Scene.now)
        }
        let effects = core.step(.applicationChanged(application: Self.theirs, isLimited: true), at: Scene.now)
        #expect(Self.overflows(effects) == [1: true, 2: true, 3: true])
    }
}
