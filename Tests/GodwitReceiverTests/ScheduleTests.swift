import GodwitSignature
import GodwitTestKit
import Synchronization
import Testing

@testable import GodwitReceiver

/// What a sender has scheduled for later, and endpoints that are only pulled.
@Suite struct ScheduleTests {
    let bench: Bench
    let clock = NowBox()

    init() throws { bench = try Bench() }

    private func repair(
        _ feed: any FeedTransport, ordered: Bool, cursors: any CursorStore = MemoryCursors(),
        store: any DeduplicationStore = MemoryDeduplicationStore(),
        change: (inout GapRepair.Options) -> Void = { _ in }
    ) -> GapRepair {
        var options = GapRepair.Options()
        options.ordered = ordered
        change(&options)
        let receiver = WebhookReceiver(
            verifier: bench.verifier, deduplication: store, options: ReceiverOptions(),
            clock: WallClock { [clock] in clock.value }, handler: { [bench] webhook in bench.note(webhook) })
        return GapRepair(receiver: receiver, feed: feed, name: "f", cursors: cursors, options: options)
    }

    @Test(arguments: [true, false])
    func whatIsScheduledIsNotHandledBeforeItsTime(ordered: Bool) async throws {
        let feed = ScriptedFeed(bench, count: 4)
        feed.state.withLock { $0.deliverAt = [2: Bench.now + 60] }
        let cursors = MemoryCursors()
        let store = MemoryDeduplicationStore()
        let first = repair(feed, ordered: ordered, cursors: cursors, store: store)
        #expect(try await first.receive(bench.request("m4", sequence: 4)).status == 200)
        try await first.catchUp()
        #expect(Set(bench.seen) == ["m1", "m3", "m4"])
        #expect(try await first.cursor() == 4)
        #expect(try await (first.standing().missing, first.standing().scheduled) == (0, 1))
        // It isn't forgotten by a restart.
        clock.pass(59)
        let second = repair(feed, ordered: ordered, cursors: cursors, store: store)
        try await second.catchUp()
        #expect(bench.seen.count == 3)
        clock.pass(1)
        try await second.catchUp()
        #expect(bench.seen.count == 4 && bench.seen.last == "m2")
        let before = feed.state.withLock { $0.requests }
        try await second.catchUp()
        #expect(feed.state.withLock { $0.requests } == before + 1)
    }

    @Test func aScheduledPushComesAtItsTime() async throws {
        let feed = ScriptedFeed(bench, count: 2)
        feed.state.withLock { $0.deliverAt = [1: Bench.now + 60] }
        let repair = self.repair(feed, ordered: true)
        try await repair.catchUp()
        clock.pass(60)
        #expect(try await repair.receive(bench.request("m1", at: clock.value, sequence: 1)).status == 200)
        try await repair.catchUp()
        #expect(bench.seen == ["m2", "m1"])
    }

    @Test func whatIsRescheduledOrCancelledMeanwhile() async throws {
        let feed = ScriptedFeed(bench, count: 2)
        feed.state.withLock { $0.deliverAt = [1: Bench.now + 60, 2: Bench.now + 60] }
        let gone = Mutex<[String]>([])
        let repair = self.repair(feed, ordered: true) { options in
            options.onGone = { sequences, _, why in gone.withLock { $0.append("\(sequences) \(why)") } }
        }
        try await repair.catchUp()
        feed.state.withLock { state in
            state.deliverAt[1] = Bench.now + 120
            state.gone[2] = "cancelled"
        }
        clock.pass(60)
        try await repair.catchUp()
        #expect(bench.seen.isEmpty && gone.withLock { $0 } == ["2...2 cancelled"])
        clock.pass(60)
        try await repair.catchUp()
        #expect(bench.seen == ["m1"])
    }

    /// More of them, with others between, than ranges are kept: none comes early, none is lost, none comes twice.
    @Test func manyThatAreScheduled() async throws {
        let count = ReceiverLimits.deferrals + 300
        let feed = ScriptedFeed(bench, count: 2 * count)
        feed.state.withLock { state in
            for number in 1...count { state.deliverAt[Int64(2 * number)] = Bench.now + 60 + Int64(number % 7) }
        }
        let cursors = MemoryCursors()
        let store = MemoryDeduplicationStore()
        try await repair(feed, ordered: true, cursors: cursors, store: store).catchUp()
        #expect(bench.seen == (0..<count).map { "m\(2 * $0 + 1)" })
        #expect(try await cursors.load(feed: "f").map { $0.details.utf8.count <= 64 << 10 } == true)
        for wait in [58, 3, 3, 3] as [Int64] {
            clock.pass(wait)
            try await repair(feed, ordered: true, cursors: cursors, store: store).catchUp()
        }
        #expect(bench.seen.count == 2 * count && Set(bench.seen).count == 2 * count)
    }

    @Test func theFeedsTimeIsRead() throws {
        func item(_ time: String) throws -> FeedItem? {
            let text = #"{"data":[{"sequence":1,"id":"a","deliverAt":\#(time),"headers":{},"body":""}],"head":1,"next":1}"#
            return try FeedPage(json: Array(text.utf8)).items.first
        }
        #expect(try item(#""2027-01-15T08:00:00.001Z""#)?.deliverAtSeconds == Bench.now + 1)
        #expect(try item("null")?.deliverAtSeconds == nil)
        for bad in [#""soon""#, "5", "[]"] { #expect(throws: FeedFailure.self) { try item(bad) } }
    }

    @Test(arguments: [GapRepair.Start.beginning, .now, .after(1)])
    func whereItBegins(start: GapRepair.Start) async throws {
        let feed = ScriptedFeed(bench, count: 3)
        let cursors = MemoryCursors()
        func started() -> GapRepair { repair(feed, ordered: true, cursors: cursors) { $0.start = start } }
        // Before anything came; after the restart that is its place.
        _ = try await started().cursor()
        feed.state.withLock { $0.ids.append("m4") }
        try await started().catchUp()
        let expected: [String] =
            switch start {
            case .beginning: ["m1", "m2", "m3", "m4"]
            case .now: ["m4"]
            case .after: ["m2", "m3", "m4"]
            }
        #expect(bench.seen == expected)
    }

    @Test(arguments: [true, false])
    func followTakesWhatComesAndOutlivesFailures(ordered: Bool) async throws {
        let feed = WaitingFeed(ScriptedFeed(bench, count: 2))
        let failures = Mutex(0)
        let repair = self.repair(feed, ordered: ordered) { options in
            options.onFailure = { _ in
                failures.withLock { $0 += 1 }
                feed.inner.state.withLock { $0.isDown = false }
            }
        }
        let following = Task { try await repair.follow() }
        try await Patience.until { bench.seen.count == 2 }
        feed.add("m3")
        try await Patience.until { bench.seen.count == 3 }
        feed.inner.state.withLock { $0.isDown = true }
        feed.add("m4")
        try await Patience.until { bench.seen.count == 4 }
        following.cancel()
        try await following.value
        #expect(bench.seen == ["m1", "m2", "m3", "m4"])
        #expect(failures.withLock { $0 } == 1)
        let standing = try await repair.standing()
        #expect(standing.cursor == 4 && standing.head == 4 && standing.missing == 0 && standing.completeSeconds == Bench.now)
    }

    /// Under steady load something is always on its way: complete is what was there when the feed was asked.
    @Test func completeIsSaidOfTheTimeOfTheQuestion() async throws {
        let feed = ScriptedFeed(bench, count: 1)
        let repair = self.repair(feed, ordered: false)
        try await repair.catchUp()
        #expect(try await repair.standing().completeSeconds == Bench.now)
        for number in 2...4 as ClosedRange<Int64> {
            clock.pass(60)
            #expect(await repair.noteHead(number) == false)
            let asked = clock.value
            clock.pass(5)
            #expect(try await repair.standing().completeSeconds != asked)
            #expect(try await repair.receive(bench.request("m\(number)", at: clock.value, sequence: number)).status == 200)
            #expect(try await repair.standing().completeSeconds == asked)
        }
    }

    /// Nothing but the head says that the last ones were swallowed.
    @Test func silenceIsLookedInto() async throws {
        let feed = ScriptedFeed(bench, count: 1)
        let repair = self.repair(feed, ordered: false) { $0.heartbeatSeconds = 1 }
        let run = Task { try await repair.run() }
        try await Patience.until { bench.seen == ["m1"] }
        feed.state.withLock { $0.ids += ["m2", "m3"] }
        try await Patience.until { bench.seen.count == 3 }
        let heads = feed.state.withLock { $0.heads }
        #expect(heads > 0)
        try await Patience.until { feed.state.withLock { $0.heads } > heads }
        run.cancel()
        try await run.value
        #expect(bench.seen == ["m1", "m2", "m3"])
    }
}

/// A feed that lets a client wait for news.
final class WaitingFeed: FeedTransport {
    let inner: ScriptedFeed

    init(_ inner: ScriptedFeed) { self.inner = inner }

    func add(_ id: String) { inner.state.withLock { $0.ids.append(id) } }
    func head() async throws -> Int64 { try await inner.head() }

    func page(after: Int64, limit: Int, waitSeconds: Int) async throws -> FeedPage {
        try await Patience.until {
            inner.state.withLock { waitSeconds == 0 || Task.isCancelled || $0.isDown || $0.ids.count > after }
        }
        try Task.checkCancellation()
        return try await inner.page(after: after, limit: limit, waitSeconds: 0)
    }
}
