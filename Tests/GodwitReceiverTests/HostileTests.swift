import GodwitReceiver
import GodwitSignature
import Synchronization
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A network that swallows 5 % of the pushes with 200 and delivers 5 % twice, and a receiver that is restarted 20 times.
@Suite struct HostileTests {
    /// Half a minute without optimisation, for each is signed and verified. `GODWIT_HOSTILE_EVENTS=5000` for a quick look.
    static let count = ProcessInfo.processInfo.environment["GODWIT_HOSTILE_EVENTS"].flatMap { Int($0) } ?? 100_000
    static let restarts = 20
    /// Pushes that are on their way at once, when order is not asked for.
    static let together = 16

    @Test(arguments: [true, false])
    func effectsHappenOnce(ordered: Bool) async throws {
        let bench = try Bench()
        let feed = ScriptedFeed(bench)
        let store = MemoryDeduplicationStore()
        let cursors = MemoryCursors()
        var options = GapRepair.Options()
        options.ordered = ordered
        func started() -> GapRepair {
            GapRepair(receiver: bench.receiver(store), feed: feed, name: "f", cursors: cursors, options: options)
        }
        var random = SplitMix(state: 7)
        var repair = started()
        var onTheirWay: [WebhookRequest] = []
        for number in 1...Self.count {
            feed.state.withLock { $0.ids.append("m\(number)") }
            let fate = random.next() % 100
            if fate >= 5 {
                let request = try bench.request("m\(number)", sequence: Int64(number))
                onTheirWay += Array(repeating: request, count: fate < 10 ? 2 : 1)
            }
            let isRestart = number % max(1, Self.count / Self.restarts) == 0
            if isRestart || onTheirWay.count >= (ordered ? 1 : Self.together) {
                await deliver(onTheirWay.shuffled(using: &random), to: repair, together: !ordered)
                onTheirWay = []
            }
            // A restart forgets what wasn't saved.
            if isRestart {
                repair = started()
                try await repair.catchUp()
            }
        }
        try await repair.catchUp()
        let seen = bench.seen
        #expect(seen.count == Self.count)
        #expect(Set(seen).count == Self.count)
        if ordered { #expect(seen == (1...Self.count).map { "m\($0)" }) }
        #expect(try await repair.cursor() == Int64(Self.count))
    }

    private func deliver(_ requests: [WebhookRequest], to repair: GapRepair, together: Bool) async {
        guard together else {
            for request in requests { #expect(await repair.receive(request).status == 200) }
            return
        }
        await withDiscardingTaskGroup { group in
            for request in requests { group.addTask { #expect(await repair.receive(request).status == 200) } }
        }
    }
}

/// The same numbers for the same seed.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
