import GodwitCore
import Testing

@Suite("Nodes that see each other") struct NodeViewTests {
    static func lease(_ number: Int64) -> Lease { Lease(rawValue: number) }

    static func view(_ own: Int64, _ nodes: [(Int64, NodeRole)]) -> NodeView {
        let role = nodes.first { $0.0 == own }?.1 ?? .all
        return NodeView(own: lease(own), role: role, others: nodes.map { (lease($0.0), $0.1) })
    }

    @Test("agree on whose an endpoint is, whoever asks")
    func agreement() {
        let nodes: [(Int64, NodeRole)] = [(3, .all), (5, .worker), (8, .all), (9, .api)]
        let views = nodes.map { Self.view($0.0, nodes) }
        var shares: [Lease: Int] = [:]
        for key in 0..<3000 as Range<Int64> {
            let owners = Set(views.map { $0.owner(of: key << 31) })
            #expect(owners.count == 1)
            #expect(views.filter { $0.owns(key << 31) }.count == 1)
            if let owner = owners.first?.flatMap(\.self) { shares[owner, default: 0] += 1 }
        }
        #expect(shares.keys.sorted { $0.rawValue < $1.rawValue } == [3, 5, 8].map(Self.lease))
        #expect(shares.values.allSatisfy { (800...1200).contains($0) })
    }

    @Test("move only what the node gets that comes, or had that goes")
    func disruption() {
        let before = Self.view(1, [(1, .all), (2, .all), (3, .all)])
        let after = Self.view(1, [(1, .all), (2, .all), (3, .all), (4, .all)])
        for key in 0..<1000 as Range<Int64> {
            let (former, now) = (before.owner(of: key), after.owner(of: key))
            #expect(now == former || now == Self.lease(4))
        }
    }

    @Test("leave what is to be done once to the eldest that delivers")
    func house() {
        let nodes: [(Int64, NodeRole)] = [(3, .api), (5, .worker), (8, .all)]
        #expect(nodes.map { Self.view($0.0, nodes).keepsHouse } == [false, true, false])
        #expect(Self.view(3, [(3, .api), (4, .api)]).keepsHouse, "somebody has to")
        #expect(Self.view(3, [(3, .api)]).owner(of: 1) == nil)
        #expect(!Self.view(3, [(3, .api)]).owns(1))
        #expect(NodeView.alone(Self.lease(7)).owns(1))
    }

    @Test("know only those that are alive")
    func living() {
        let nodes = [
            Node(lease: Self.lease(1), role: .all, silence: .zero, isGivenUp: false),
            Node(lease: Self.lease(2), role: .all, silence: Limits.nodeSilence, isGivenUp: false),
            Node(lease: Self.lease(3), role: .all, silence: Limits.nodeSilence + .milliseconds(1), isGivenUp: false),
            Node(lease: Self.lease(4), role: .all, silence: .zero, isGivenUp: true),
        ]
        #expect(NodeView(own: Self.lease(1), role: .all, nodes).nodes == [1, 2].map(Self.lease))
        #expect(NodeView(own: Self.lease(9), role: .all, []).isAlone)
    }

    @Test("have a slot for their keys that no other has")
    func slots() {
        let count = Int64(Limits.nodes)
        #expect(Set((1...count).map { Self.lease($0).slot }).count == Int(count))
        #expect(Self.lease(count + 7).slot == Self.lease(7).slot)
    }
}

@Suite("Whom a node takes for dead") struct NodeWatchTests {
    static let start = Instant(millisecondsSince1970: 1000)
    static let own = Lease(rawValue: 1)

    static func node(_ number: Int64, silent: Duration = .zero, givenUp: Bool = false) -> Node {
        Node(lease: Lease(rawValue: number), role: .all, silence: silent, isGivenUp: givenUp)
    }

    /// Renews every two seconds from the start to that second.
    static func watch(to second: Int64) -> NodeWatch {
        var watch = NodeWatch(begunAt: start)
        for second in stride(from: 0, through: second, by: 2) {
            _ = watch.renewed([], own: own, asked: start + .seconds(second))
        }
        return watch
    }

    @Test("is who was silent for too long while this one saw it")
    func dead() {
        var watch = Self.watch(to: 10)
        let nodes = [
            Self.node(1, silent: .seconds(99)), Self.node(2, silent: .seconds(11)), Self.node(3, silent: .seconds(10)),
        ]
        #expect(watch.renewed(nodes, own: Self.own, asked: Self.start + .seconds(12)) == [Lease(rawValue: 2)])
    }

    @Test("is nobody so soon after it began, or reached the store again: then all are silent")
    func blind() {
        var watch = Self.watch(to: 6)
        let silent = [Self.node(2, silent: .seconds(60))]
        #expect(watch.renewed(silent, own: Self.own, asked: Self.start + .seconds(8)).isEmpty)
        watch = Self.watch(to: 30)
        #expect(watch.renewed(silent, own: Self.own, asked: Self.start + .seconds(90)).isEmpty)
        for second in stride(from: 92, to: 100, by: 2) as StrideTo<Int64> {
            #expect(watch.renewed(silent, own: Self.own, asked: Self.start + .seconds(second)).isEmpty)
        }
        #expect(watch.renewed(silent, own: Self.own, asked: Self.start + .seconds(100)) == [Lease(rawValue: 2)])
    }

    @Test("is at once whom another has given up: it may have died over it")
    func givenUp() {
        var watch = NodeWatch(begunAt: Self.start)
        #expect(watch.renewed([Self.node(2, givenUp: true)], own: Self.own, asked: Self.start) == [Lease(rawValue: 2)])
    }

    @Test("is itself before others do so")
    func trust() {
        func trust(_ span: Duration) -> LeaseTrust { NodeWatch.trust(renewedAt: Self.start, at: Self.start + span) }
        #expect(trust(Limits.nodeHandover - .milliseconds(1)) == .full)
        #expect(trust(Limits.nodeHandover) == .shared)
        #expect(trust(Limits.nodeSilence - .milliseconds(1)) == .shared)
        #expect(trust(Limits.nodeSilence) == .none)
        #expect(Limits.nodeRenewal * 2 < Limits.nodeHandover && Limits.nodeHandover < Limits.nodeSilence)
        #expect(Limits.nodeSilence + Limits.nodeRenewal < .seconds(15))
    }
}
