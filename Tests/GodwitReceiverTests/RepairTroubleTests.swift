import GodwitReceiver
import GodwitSignature
import Synchronization
import Testing

/// What must not stop a repair, and what it must not be misled by.
@Suite struct RepairTroubleTests {
    let bench: Bench

    init() throws { bench = try Bench() }

    private func repair(
        _ feed: any FeedTransport, ordered: Bool, change: (inout GapRepair.Options) -> Void = { _ in },
        handler: WebhookReceiver.Handler? = nil
    ) -> GapRepair {
        var options = GapRepair.Options()
        options.ordered = ordered
        change(&options)
        return GapRepair(
            receiver: bench.receiver(handler: handler), feed: feed, name: "f", cursors: MemoryCursors(), options: options)
    }

    /// An answer tells how far the feed went when it was made; a push that overtakes it is no sign of a restored backup.
    @Test func aPushThatOvertakesAnAnswer() async throws {
        let feed = ScriptedFeed(bench, count: 2)
        let rewinds = Mutex(0)
        let repair = self.repair(feed, ordered: false) { options in
            options.onRewound = { _, _ in rewinds.withLock { $0 += 1 } }
        }
        try await repair.catchUp()
        let push = try bench.request("m3", sequence: 3)
        feed.state.withLock { $0.meanwhile = { #expect(await repair.receive(push).status == 200) } }
        try await repair.catchUp()
        #expect(rewinds.withLock { $0 } == 0)
        #expect(try await repair.cursor() == 3)
    }

    @Test func pushesWhileItCatchesUpAreNotFetchedAgain() async throws {
        let feed = ScriptedFeed(bench, count: 2)
        let repair = self.repair(feed, ordered: false)
        let pushes = try ([4, 5] as [Int64]).map { number in try bench.request("m\(number)", sequence: number) }
        feed.state.withLock { state in
            state.meanwhile = {
                for push in pushes { #expect(await repair.receive(push).status == 200) }
                feed.state.withLock { $0.meanwhile = nil }
            }
        }
        try await repair.catchUp()
        feed.state.withLock { $0.ids += ["m3", "m4", "m5"] }
        #expect(try await repair.receive(bench.request("m3", sequence: 3)).status == 200)
        #expect(try await repair.cursor() == 5)
    }

    /// Whatever one message does to the handler, the others are none of its business.
    @Test func oneThatFailsHoldsUpNoOther() async throws {
        let isBroken = Mutex(true)
        let feed = ScriptedFeed(bench, count: 600)
        let fails: WebhookReceiver.Handler = { [bench] webhook in
            if webhook.id == "m2", isBroken.withLock({ $0 }) { throw Broken() }
            bench.note(webhook)
        }
        let repair = self.repair(feed, ordered: false, handler: fails)
        await #expect(throws: FeedFailure.notProcessed(sequence: 2)) { try await repair.catchUp() }
        #expect(bench.seen.count == 599)
        #expect(try await repair.cursor() == 1)
        isBroken.withLock { $0 = false }
        let before = feed.state.withLock { $0.requests }
        try await repair.catchUp()
        #expect(bench.seen.last == "m2" && bench.seen.count == 600)
        #expect(try await repair.cursor() == 600)
        // What is done isn't read again for the one that wasn't.
        #expect(feed.state.withLock { $0.requests } <= before + 2)
    }

    @Test func orderedItWaitsForTheOneThatFails() async throws {
        let fails: WebhookReceiver.Handler = { [bench] webhook in
            if webhook.id == "m2" { throw Broken() }
            bench.note(webhook)
        }
        let repair = self.repair(ScriptedFeed(bench, count: 3), ordered: true, handler: fails)
        await #expect(throws: FeedFailure.notProcessed(sequence: 2)) { try await repair.catchUp() }
        #expect(bench.seen == ["m1"])
        #expect(try await repair.receive(bench.request("m3", sequence: 3)).status == 503)
        #expect(bench.seen == ["m1"])
    }

    /// The handler has said that no attempt will ever succeed: that is told, and the rest goes on.
    @Test(arguments: [true, false], [WebhookRejection.unprocessable("no"), .gone])
    func whatIsRejectedForGoodIsPassed(ordered: Bool, rejection: WebhookRejection) async throws {
        let told = Mutex<[String]>([])
        let repair = self.repair(ScriptedFeed(bench, count: 3), ordered: ordered) { options in
            options.onGone = { sequences, id, why in told.withLock { $0.append("\(sequences) \(id ?? "") \(why)") } }
        } handler: { [bench] webhook in
            if webhook.id == "m2" { throw rejection }
            bench.note(webhook)
        }
        try await repair.catchUp()
        #expect(bench.seen == ["m1", "m3"])
        #expect(told.withLock { $0 } == ["2...2 m2 rejected"])
        #expect(try await repair.cursor() == 3)
    }

    /// Only at its beginning a page may say that something is forgotten: a hole inside it is asked for once more.
    @Test func aHoleInsideAPageIsAskedForAgain() async throws {
        struct Holey: FeedTransport {
            let inner: ScriptedFeed
            func head() async throws -> Int64 { try await inner.head() }
            func page(after: Int64, limit: Int, waitSeconds: Int) async throws -> FeedPage {
                var page = try await inner.page(after: after, limit: limit, waitSeconds: waitSeconds)
                if after == 0 { page.items.removeAll { $0.sequence == 2 } }
                return page
            }
        }
        let told = Mutex(0)
        let repair = self.repair(Holey(inner: ScriptedFeed(bench, count: 3)), ordered: true) { options in
            options.onGone = { _, _, _ in told.withLock { $0 += 1 } }
        }
        try await repair.catchUp()
        #expect(bench.seen == ["m1", "m2", "m3"])
        #expect(told.withLock { $0 } == 0)
    }

    @Test func aFeedThatPromisesMoreAndGivesNothingIsAFailure() async throws {
        struct Empty: FeedTransport {
            func head() async throws -> Int64 { 5 }
            func page(after: Int64, limit: Int, waitSeconds: Int) async throws -> FeedPage {
                FeedPage(items: [], head: 5, next: after)
            }
        }
        for ordered in [true, false] {
            await #expect(throws: FeedFailure.self) { try await repair(Empty(), ordered: ordered).catchUp() }
        }
    }

    /// In no order, beyond the head, and what wasn't asked for: taken in order, once, and never past the head.
    @Test(arguments: [true, false])
    func anUnrulyPage(ordered: Bool) async throws {
        struct Unruly: FeedTransport {
            let inner: ScriptedFeed
            func head() async throws -> Int64 { 3 }
            func page(after: Int64, limit: Int, waitSeconds: Int) async throws -> FeedPage {
                let page = try await inner.page(after: 0, limit: 9, waitSeconds: 0)
                return FeedPage(items: (page.items + page.items).reversed(), head: 3, next: 9)
            }
        }
        let repair = self.repair(Unruly(inner: ScriptedFeed(bench, count: 5)), ordered: ordered)
        try await repair.catchUp()
        #expect(bench.seen == ["m1", "m2", "m3"])
        #expect(try await repair.cursor() == 3)
    }
}
