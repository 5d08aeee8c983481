import GodwitReceiver
import GodwitSignature
import Synchronization
import Testing

/// A sender's feed in memory: what was sent, and what it says now.
final class ScriptedFeed: FeedTransport {
    struct State {
        var ids: [String] = []
        var gone: [Int64: String] = [:]
        /// Numbers below it are forgotten.
        var first: Int64 = 1
        /// When some of them are to be delivered.
        var deliverAt: [Int64: Int64] = [:]
        var requests = 0
        var heads = 0
        var isDown = false
        /// What happens elsewhere between the moment that an answer tells of and its arrival.
        var meanwhile: (@Sendable () async throws -> Void)?
    }

    let state = Mutex(State())
    private let bench: Bench

    init(_ bench: Bench, count: Int = 0) {
        self.bench = bench
        state.withLock { $0.ids = (0..<count).map { "m\($0 + 1)" } }
    }

    func head() async throws -> Int64 {
        state.withLock { state in
            state.heads += 1
            return Int64(state.ids.count)
        }
    }

    func page(after: Int64, limit: Int, waitSeconds: Int) async throws -> FeedPage {
        let (state, isDown) = self.state.withLock { state in
            state.requests += 1
            return (state, state.isDown)
        }
        if isDown { throw FeedFailure.status(503) }
        try await state.meanwhile?()
        let head = Int64(state.ids.count)
        let start = max(after + 1, state.first)
        let numbers = start > head ? [] : Array(start...min(head, start + Int64(limit) - 1))
        let items = try numbers.map { number in
            let id = state.ids[Int(number) - 1]
            let content: FeedItem.Content =
                if let why = state.gone[number] { .gone(why) } else { .request(try bench.request(id, sequence: number)) }
            return FeedItem(sequence: number, id: id, content: content, deliverAtSeconds: state.deliverAt[number])
        }
        return FeedPage(
            items: items, head: head, next: numbers.last ?? max(after, head), first: state.first > after + 1 ? state.first : nil
        )
    }
}

/// Keeps what was saved when a receiver ends.
final class MemoryCursors: CursorStore {
    private let positions = Mutex<[String: FeedPosition]>([:])
    func load(feed: String) async throws -> FeedPosition? { positions.withLock { $0[feed] } }
    func save(_ position: FeedPosition, feed: String) async throws { positions.withLock { $0[feed] = position } }
}

@Suite struct GapRepairTests {
    let bench: Bench

    init() throws { bench = try Bench() }

    private func repair(
        _ feed: ScriptedFeed, ordered: Bool, store: any DeduplicationStore = MemoryDeduplicationStore(),
        cursors: any CursorStore = MemoryCursors(), _ change: (inout GapRepair.Options) -> Void = { _ in }
    ) -> GapRepair {
        var options = GapRepair.Options()
        options.ordered = ordered
        change(&options)
        return GapRepair(receiver: bench.receiver(store), feed: feed, name: "f", cursors: cursors, options: options)
    }

    private func push(_ number: Int, to repair: GapRepair) async throws -> Int {
        try await repair.receive(bench.request("m\(number)", sequence: Int64(number))).status
    }

    @Test func orderedPushClosesTheGapBeforeIt() async throws {
        let repair = self.repair(ScriptedFeed(bench, count: 5), ordered: true)
        #expect(try await push(1, to: repair) == 200)
        #expect(try await push(5, to: repair) == 200)
        #expect(try await push(3, to: repair) == 200)
        #expect(bench.seen == ["m1", "m2", "m3", "m4", "m5"])
        #expect(try await repair.cursor() == 5)
    }

    @Test func orderedPushWaitsForAFeedThatIsDown() async throws {
        let feed = ScriptedFeed(bench, count: 3)
        feed.state.withLock { $0.isDown = true }
        let repair = self.repair(feed, ordered: true)
        #expect(try await push(3, to: repair) == 503)
        #expect(bench.seen.isEmpty)
        feed.state.withLock { $0.isDown = false }
        #expect(try await push(3, to: repair) == 200)
        #expect(bench.seen == ["m1", "m2", "m3"])
    }

    @Test func aDayDown() async throws {
        let repair = self.repair(ScriptedFeed(bench, count: 1001), ordered: true)
        // More than a page behind is not fetched while a sender waits.
        #expect(try await push(1001, to: repair) == 503)
        try await repair.catchUp()
        #expect(bench.seen == (1...1001).map { "m\($0)" })
        #expect(try await push(1001, to: repair) == 200)
        #expect(bench.seen.count == 1001)
    }

    @Test func unorderedPushIsHandledAtOnceAndTheHoleLater() async throws {
        let repair = self.repair(ScriptedFeed(bench, count: 4), ordered: false)
        #expect(try await push(3, to: repair) == 200)
        #expect(bench.seen == ["m3"])
        #expect(try await repair.cursor() == 0)
        try await repair.catchUp()
        #expect(bench.seen == ["m3", "m1", "m2", "m4"])
    }

    @Test func runFindsWhatWasSwallowed() async throws {
        let (done, end) = AsyncStream.makeStream(of: Void.self)
        let feed = ScriptedFeed(bench, count: 2)
        let receiver = bench.receiver(handler: { [bench] webhook in
            bench.note(webhook)
            if bench.seen.count == 5 { end.finish() }
        })
        var options = GapRepair.Options()
        options.patienceSeconds = 0
        options.heartbeatSeconds = 1
        let repair = GapRepair(receiver: receiver, feed: feed, name: "f", cursors: MemoryCursors(), options: options)
        let run = Task { try await repair.run() }
        feed.state.withLock { $0.ids += ["m3", "m4", "m5"] }
        #expect(try await push(4, to: repair) == 200)
        for await _ in done {}
        run.cancel()
        try await run.value
        #expect(Set(bench.seen) == ["m1", "m2", "m3", "m4", "m5"])
    }

    @Test func numbersAreOnlyAHint() async throws {
        let feed = ScriptedFeed(bench, count: 3)
        let repair = self.repair(feed, ordered: false)
        #expect(try await repair.receive(bench.request("m1", sequence: 2)).status == 200)
        // A duplicate with another number on it moves nothing.
        #expect(try await repair.receive(bench.request("m1", sequence: 1)).status == 200)
        #expect(try await repair.cursor() == 0)
        #expect(try await repair.receive(bench.request("m3", sequence: 1_000_000)).status == 200)
        try await repair.catchUp()
        #expect(try await repair.cursor() == 3)
        for sequence in ["-1", "0", "x", "9223372036854775807", "99999999999999999999"] {
            let request = try bench.request("m1").with("webhook-sequence", sequence)
            #expect(await repair.receive(request).status == 200)
        }
        #expect(try await repair.cursor() == 3)
    }

    @Test func whatIsGoneIsTold() async throws {
        let feed = ScriptedFeed(bench, count: 6)
        feed.state.withLock { state in
            state.first = 3
            state.gone = [4: "expired"]
        }
        let told = Mutex<[String]>([])
        let repair = self.repair(feed, ordered: true) { options in
            options.onGone = { sequences, _, why in told.withLock { $0.append("\(sequences) \(why)") } }
        }
        try await repair.catchUp()
        #expect(bench.seen == ["m3", "m5", "m6"])
        #expect(told.withLock { $0 } == ["1...2 forgotten", "4...4 expired"])
        #expect(try await repair.cursor() == 6)
    }

    @Test func aFeedThatWasRewound() async throws {
        let feed = ScriptedFeed(bench, count: 5)
        let rewinds = Mutex<[Int64]>([])
        let repair = self.repair(feed, ordered: true) { options in
            options.onRewound = { cursor, head in rewinds.withLock { $0 += [cursor, head] } }
        }
        try await repair.catchUp()
        feed.state.withLock { $0.ids = ["m1", "m2", "n3"] }
        try await repair.catchUp()
        #expect(rewinds.withLock { $0 } == [5, 3])
        feed.state.withLock { $0.ids += ["n4"] }
        try await repair.catchUp()
        #expect(bench.seen == ["m1", "m2", "m3", "m4", "m5", "n4"])
    }

    @Test func forgedItemsOfAFeedStopIt() async throws {
        let other = try Bench()
        let repair = self.repair(ScriptedFeed(other, count: 2), ordered: true)
        await #expect(throws: FeedFailure.notGenuine(sequence: 1, .noMatchingSignature)) { try await repair.catchUp() }
        #expect(bench.seen.isEmpty)
        #expect(try await repair.cursor() == 0)
    }

    @Test func pagesOfTheServerAreRead() throws {
        let json = #"""
            {"data":[{"sequence":1,"id":"a","eventType":"t","headers":{"webhook-id":"a"},"body":"{}"},
            {"sequence":2,"id":"b","headers":{},"bodyBase64":"/w=="},{"sequence":3,"id":"c","gone":"expired"}],
            "head":9,"next":3,"done":false}
            """#
        let page = try FeedPage(json: Array(json.utf8))
        #expect(page.items.map(\.sequence) == [1, 2, 3])
        #expect(page.head == 9 && page.next == 3)
        for bad in ["", "[]", #"{"data":[],"head":-1,"next":0}"#, #"{"data":[{"sequence":1,"id":"a"}],"head":1,"next":1}"#] {
            #expect(throws: FeedFailure.self) { try FeedPage(json: Array(bad.utf8)) }
        }
    }
}
