import GodwitCore
import GodwitStore
import Testing

extension StoreConformance {
    /// Whatever happens to those that are claimed: none is in flight before every earlier one of its line has left it, and a
    /// claim says exactly when the next one could be made.
    package static func linesKeepTheirOrder(_ factory: StoreFactory) throws {
        for seed in 1...12 as ClosedRange<UInt64> {
            var run = OrderRun(try StoreScene(factory, seed: seed), seed: seed)
            for _ in 0..<80 { try run.step() }
            try run.drain()
        }
    }
}

/// One endpoint with lines, what its node holds, and receivers that are sometimes ill.
private struct OrderRun {
    let scene: StoreScene
    let seed: UInt64
    private let rule: HeadOfLine
    private var messages: [Int64] = []
    private var held: [HeldDelivery] = []
    private var lastLine: Int64 = .min

    init(_ scene: StoreScene, seed: UInt64) {
        self.scene = scene
        self.seed = seed
        rule = [.block, .skip(afterAttempts: 2), .park][Int(seed % 3)]
    }

    private func pick(_ chance: ClosedRange<Int>) -> Int { Int.random(in: chance, using: &scene.random) }

    mutating func step() throws {
        switch pick(0...9) {
        case 0...3:
            let line = pick(0...4) == 0 ? nil : Int64(pick(1...4))
            let due = scene.now + .milliseconds(Int64(pick(0...3) == 0 ? pick(0...2000) : 0))
            messages.append(try scene.delivery(to: 1, as: .waiting(due: due, line: line)).message)
        case 4, 5: try claim()
        case 6...8: try finish()
        default:
            scene.advance(.milliseconds(Int64(pick(0...1000))))
            guard pick(0...9) == 0 else { return }
            try scene.restart()
            held = []
        }
    }

    /// With receivers that are well, everything is delivered but what was dead before, and what stands behind a dead letter.
    mutating func drain() throws {
        var rounds = 0
        while rounds < 2000 {
            rounds += 1
            let next = try claim()
            if held.isEmpty {
                guard let next else { break }
                scene.now = max(scene.now, next)
            }
            for delivery in held { try scene.deliver(delivery) }
            held = []
        }
        let left = try stored().filter { !$0.machine.state.isFinished }
        if rule == .park {
            let parked = try stored().filter { $0.machine.state.isFinished && $0.machine.line != nil }
            #expect(left.allSatisfy { item in parked.contains { $0.machine.line == item.machine.line } }, "seed \(seed)")
        } else {
            #expect(left.isEmpty, "seed \(seed)")
        }
    }

    private func stored() throws -> [StoredDelivery] {
        try messages.flatMap { try scene.store.deliveries(ofMessage: $0) }.sorted { $0.sequence < $1.sequence }
    }

    @discardableResult
    private mutating func claim() throws -> Instant? {
        let claimed = try scene.claim(1, limit: pick(1...6), afterLine: lastLine)
        lastLine = claimed.lastLine
        let taken = claimed.deliveries.map(\.key)
        let all = try stored()
        for delivery in claimed.deliveries {
            guard let line = delivery.machine.line else { continue }
            let ahead = all.filter { $0.machine.line == line && $0.sequence < delivery.sequence }
            #expect(ahead.allSatisfy { taken.contains($0.key) }, "seed \(seed)")
        }
        let sequences = Dictionary(grouping: claimed.deliveries, by: \.machine.line).mapValues { $0.map(\.sequence) }
        for (line, numbers) in sequences where line != nil { #expect(numbers == numbers.sorted(), "seed \(seed)") }

        var heads: Set<Int64> = []
        let claimable = all.filter { $0.machine.line.map { heads.insert($0).inserted } ?? true }
        let next = claimable.compactMap { item in if case .waiting(let due) = item.machine.state { due } else { nil } }.min()
        // Which of several that are due already is all the same.
        #expect(claimed.nextDue.map { max($0, scene.now) } == next.map { max($0, scene.now) }, "seed \(seed)")
        held += claimed.deliveries
        return claimed.nextDue
    }

    /// As a node does: one of a line at a time, and when it fails, those behind it that were claimed with it go back.
    private mutating func finish() throws {
        guard !held.isEmpty else { return }
        let line = held[pick(0...held.count - 1)].machine.line
        guard let index = held.firstIndex(where: { $0.machine.line == line }) else { return }
        let delivery = held.remove(at: index)
        var machine = delivery.machine
        let verdict: AttemptVerdict = [.delivered, .retry(minimumDelay: .zero), .stop][pick(0...2)]
        _ = machine.attemptFinished(verdict, under: scene.lease, at: scene.now, headOfLine: rule) { attempts in
            attempts > 3 ? nil : .milliseconds(500)
        }
        var commands: [WriteCommand] = [
            .move(
                Transition(delivery: delivery.key, lease: scene.lease, machine: machine, former: .pending), nil)
        ]
        if verdict != .delivered, line != nil {
            for behind in held where behind.machine.line == line {
                var machine = behind.machine
                _ = machine.handBack(under: scene.lease, at: scene.now)
                commands.append(
                    .move(Transition(delivery: behind.key, lease: scene.lease, machine: machine, former: .pending), nil))
            }
            held.removeAll { $0.machine.line == line }
        }
        try scene.commit(commands)
    }
}
