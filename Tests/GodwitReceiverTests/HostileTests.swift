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
    /// `GODWIT_HOSTILE_EVENTS=100000` for the whole run; each event is signed and verified, which takes long without optimisation.
    static let count = ProcessInfo.processInfo.environment["GODWIT_HOSTILE_EVENTS"].flatMap { Int($0) } ?? 5000
    static let restarts = 20

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
        for number in 1...Self.count {
            feed.state.withLock { $0.ids.append("m\(number)") }
            // A restart forgets what wasn't saved.
            if number % (Self.count / Self.restarts) == 0 {
                repair = started()
                try await repair.catchUp()
            }
            let fate = random.next() % 100
            if fate < 5 { continue }
            let request = try bench.request("m\(number)", sequence: Int64(number))
            for _ in 0..<(fate < 10 ? 2 : 1) { #expect(await repair.receive(request).status == 200) }
        }
        try await repair.catchUp()
        let seen = bench.seen
        #expect(seen.count == Self.count)
        #expect(Set(seen).count == Self.count)
        if ordered { #expect(seen == (1...Self.count).map { "m\($0)" }) }
        #expect(try await repair.cursor() == Int64(Self.count))
    }
}

private struct SplitMix {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
