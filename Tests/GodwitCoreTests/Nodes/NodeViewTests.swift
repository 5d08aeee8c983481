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
        let many: [(Int64, NodeRole)] = [(1, .api), (2, .all), (3, .worker), (4, .all), (5, .all)]
        #expect(many.map { Self.view($0.0, many).takesOver } == [false, true, true, true, false])
        #expect(Self.view(3, [(3, .api), (4, .api)]).takesOver && NodeView.alone(Self.lease(7)).takesOver)
    }

    @Test("know only those that are alive")
    func living() {
        let nodes = [
            Node(lease: Self.lease(1), role: .all, silence: .zero, sign: 0, isGivenUp: false),
            Node(lease: Self.lease(2), role: .all, silence: Limits.nodeSilence, sign: 0, isGivenUp: false),
            Node(lease: Self.lease(3), role: .all, silence: Limits.nodeSilence + .milliseconds(1), sign: 0, isGivenUp: false),
            Node(lease: Self.lease(4), role: .all, silence: .zero, sign: 0, isGivenUp: true),
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

    static func node(_ number: Int64, silent: Duration = .zero, sign: Int64 = 0, givenUp: Bool = false) -> Node {
        Node(lease: Lease(rawValue: number), role: .all, silence: silent, sign: sign, isGivenUp: givenUp)
    }

    /// One that renews its lease every two seconds, and sees another.
    private final class Scene {
        var watch = NodeWatch(begunAt: start)

        func lost(_ node: Node, takesOver: Bool = true, at second: Int64) -> Bool {
            let at = start + .seconds(second)
            return !watch.renewed([NodeWatchTests.node(1), node], own: own, takesOver: takesOver, asked: at, heard: at)
                .isEmpty
        }

        func silent(_ seconds: StrideTo<Int64>, for span: Duration = .seconds(60), takesOver: Bool = true) -> [Bool] {
            seconds.map { lost(NodeWatchTests.node(2, silent: span), takesOver: takesOver, at: $0) }
        }
    }

    @Test("is who was silent for too long, by the store's clock and by its own")
    func dead() {
        let scene = Scene()
        #expect(scene.silent(stride(from: 0, to: 10, by: 2)) == Array(repeating: false, count: 5))
        #expect(scene.lost(Self.node(2, silent: .seconds(60)), at: 10))
        let talkative = Scene()
        #expect(talkative.silent(stride(from: 0, to: 20, by: 2), for: .seconds(10)) == Array(repeating: false, count: 10))
    }

    @Test("is nobody who goes on renewing while the store's clock is put on")
    func step() {
        let scene = Scene()
        for second in stride(from: 0, to: 60, by: 2) as StrideTo<Int64> {
            #expect(!scene.lost(Self.node(2, silent: .seconds(90), sign: second), at: second))
        }
    }

    @Test("is nobody so soon after it began, or reached the store again: then all are silent")
    func blind() {
        let scene = Scene()
        #expect(!scene.lost(Self.node(2, silent: .seconds(60)), at: 0))
        #expect(!scene.lost(Self.node(2, silent: .seconds(120)), at: 60))
        #expect(scene.silent(stride(from: 62, to: 70, by: 2)) == Array(repeating: false, count: 4))
        #expect(scene.lost(Self.node(2, silent: .seconds(60)), at: 70))
    }

    @Test("is at once whom another has given up: it may have died over it")
    func givenUp() {
        let scene = Scene()
        #expect(scene.lost(Self.node(2, givenUp: true), at: 0))
    }

    @Test("is a little later also who should have been replaced by the eldest, which may be dead themselves")
    func eldestAreDead() {
        for isGivenUp in [false, true] {
            let scene = Scene()
            for second in stride(from: 0, to: 12, by: 2) as StrideTo<Int64> {
                #expect(!scene.lost(Self.node(2, silent: .seconds(60), givenUp: isGivenUp), takesOver: false, at: second))
            }
            #expect(scene.lost(Self.node(2, silent: .seconds(60), givenUp: isGivenUp), takesOver: false, at: 12))
        }
        #expect(Limits.nodeSilence + Limits.nodeRenewal * 2 < .seconds(15), "also then it is done in time")
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
