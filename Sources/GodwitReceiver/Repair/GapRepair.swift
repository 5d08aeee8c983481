public import GodwitSignature
import Synchronization

/// Receives pushes and proves by the sender's feed that none is missing: what a proxy swallowed, what came while the receiver was
/// down, and what the sender gave up is fetched and handed to the same handler.
///
/// ```swift
/// let repair = GapRepair(receiver: receiver, feed: feed, name: "billing", cursors: file)
/// // for each request: await repair.receive(request)
/// try await repair.run()
/// ```
/// `webhook-sequence` is not signed, so it is only a hint. It is never believed of a duplicate; that a webhook isn't processed twice
/// rests on its signed identifier alone.
public final class GapRepair: Sendable {
    /// How gaps are found and what is told about them.
    public struct Options: Sendable {
        /// Strictly in the sender's order: one at a time, a gap is closed before what comes after it. What can't be closed at once is
        /// answered with 503, and `run` fetches it.
        public var ordered = false
        /// Seconds of silence after which the feed is asked how far it goes.
        public var heartbeatSeconds = ReceiverLimits.heartbeatSeconds
        /// Seconds that an out-of-order push is given before what is missing is fetched. Not used when ordered.
        public var patienceSeconds = ReceiverLimits.gapPatienceSeconds
        /// Hears of numbers whose content no longer exists: `expired`, `cancelled`, or `forgotten` by the feed.
        public var onGone: (@Sendable (_ sequences: ClosedRange<Int64>, _ id: String?, _ why: String) async -> Void)?
        /// Hears that the feed ends before what was processed: the sender's store was restored from a backup.
        public var onRewound: (@Sendable (_ cursor: Int64, _ head: Int64) async -> Void)?
        /// Hears of each failed attempt to catch up; the next follows by itself.
        public var onFailure: (@Sendable (any Error) -> Void)?

        /// The defaults.
        public init() {}
    }

    let receiver: WebhookReceiver
    let feed: any FeedTransport
    let options: Options
    private let name: String
    private let cursors: any CursorStore
    private let turns: Turns
    private let state = Mutex(State())
    let wake = Wake()

    private struct State {
        var tracker: SequenceTracker?
        var unsaved = 0
    }

    /// - Parameter name: under which the place is kept, one for each endpoint.
    public init(
        receiver: WebhookReceiver, feed: any FeedTransport, name: String, cursors: any CursorStore, options: Options = Options()
    ) {
        self.receiver = receiver
        self.feed = feed
        self.name = name
        self.cursors = cursors
        self.options = options
        turns = Turns(limit: ReceiverLimits.concurrentWebhooks)
    }

    /// As the receiver's.
    public var maxBodyBytes: Int { receiver.maxBodyBytes }

    /// Everything up to here was processed, or is gone.
    public func cursor() async throws -> Int64 { try await tracker().cursor }

    /// As the receiver's `receive`.
    public func receive(_ request: WebhookRequest, peer: String? = nil) async -> WebhookResponse {
        let webhook: VerifiedWebhook
        switch await receiver.admit(request, peer: peer) {
        case .answer(let response): return response
        case .webhook(let verified): webhook = verified
        }
        let sequence = request.headers["webhook-sequence"].flatMap { Int64($0) }.flatMap {
            (1..<Int64.max).contains($0) ? $0 : nil
        }
        guard options.ordered else { return await process(webhook, sequence).response(receiver.options) }
        guard await turns.enter("order") else { return .retryLater("busy") }
        defer { turns.leave("order") }
        do {
            // Without a number (a batch) there is no place to keep.
            if let sequence, try await !closeGap(before: sequence) { return .retryLater("earlier webhooks come first") }
        } catch {
            options.onFailure?(error)
            wake.set()
            return .retryLater("earlier webhooks come first")
        }
        return await process(webhook, sequence).response(receiver.options)
    }

    private func process(_ webhook: VerifiedWebhook, _ sequence: Int64?) async -> Processing {
        let processing = await receiver.process(webhook)
        // Whoever repeats a genuine request may have put any number on it.
        if case .processed = processing, let sequence { await note(sequence...sequence) }
        return processing
    }

    /// Fetches what is missing before a number, when it is no more than a page.
    private func closeGap(before sequence: Int64) async throws -> Bool {
        let cursor = try await self.tracker().cursor
        guard sequence > cursor + 1 else { return true }
        let missing = sequence - 1 - cursor
        guard missing <= Int64(ReceiverLimits.feedItems) else {
            wake.set()
            return false
        }
        try await take(feed.page(after: cursor, limit: Int(missing), waitSeconds: 0))
        return try await tracker().cursor >= sequence - 1
    }

    /// Fetches everything that is missing, in order.
    public func catchUp() async throws {
        while try await takeNextPage() { try Task.checkCancellation() }
        try await save()
    }

    /// - Returns: whether there is more. Pushes come in between two pages.
    private func takeNextPage() async throws -> Bool {
        guard await turns.enter("order") else { return false }
        defer { turns.leave("order") }
        let cursor = try await self.tracker().cursor
        let page = try await feed.page(after: cursor, limit: ReceiverLimits.feedItems, waitSeconds: 0)
        try await take(page)
        let reached = try await self.tracker().cursor
        // A feed that says there is more and gives nothing is asked again later.
        return reached < page.head && reached > cursor
    }

    /// Hands the items of a page to the receiver, in order.
    private func take(_ page: FeedPage) async throws {
        let cursor = try await self.tracker().cursor
        guard page.head >= cursor else {
            await options.onRewound?(cursor, page.head)
            state.withLock { $0.tracker = SequenceTracker(cursor: page.head) }
            return try await save()
        }
        // Numbers that the sender hasn't given yet were somebody's invention; a push of this moment is recognised when it comes again.
        state.withLock { $0.tracker?.removeAll(above: page.head) }
        var last = cursor
        for item in page.items where item.sequence > last {
            if item.sequence > last + 1 { await forget(last + 1...item.sequence - 1, nil, "forgotten") }
            last = item.sequence
            if try await tracker().contains(item.sequence) { continue }
            switch item.content {
            case .gone(let why): await forget(item.sequence...item.sequence, item.id, why)
            case .request(let request): try await take(request, item.sequence)
            }
        }
        // Never past the head, whatever a page says.
        let next = min(page.next, page.head)
        if next > last { await forget(last + 1...next, nil, "forgotten") }
    }

    private func take(_ request: WebhookRequest, _ sequence: Int64) async throws {
        let chosen = try await receiver.verifier(for: request)
        let webhook: VerifiedWebhook
        do throws(VerificationError) {
            guard let verifier = chosen else { throw .noMatchingSignature }
            webhook = try verifier.verify(request, at: receiver.clock.nowSeconds)
        } catch {
            throw FeedFailure.notGenuine(sequence: sequence, error)
        }
        guard await receiver.process(webhook).isDone else { throw FeedFailure.notProcessed(sequence: sequence) }
        await note(sequence...sequence)
    }

    /// What was done meanwhile isn't lost.
    private func forget(_ sequences: ClosedRange<Int64>, _ id: String?, _ why: String) async {
        await options.onGone?(sequences, id, why)
        await note(sequences)
    }

    func tracker() async throws -> SequenceTracker {
        if let tracker = state.withLock({ $0.tracker }) { return tracker }
        let position = try await cursors.load(feed: name) ?? FeedPosition(cursor: 0)
        return state.withLock { state in
            let tracker = state.tracker ?? SequenceTracker(cursor: position.cursor, aboveText: position.above)
            state.tracker = tracker
            return tracker
        }
    }

    private func note(_ sequences: ClosedRange<Int64>) async {
        // A place that can't be loaded now: what isn't noted is fetched again, and recognised by its identifier.
        guard (try? await self.tracker()) != nil else { return }
        let (isDue, hasHole) = state.withLock { state in
            state.tracker?.insert(sequences)
            state.unsaved += 1
            return (state.unsaved >= ReceiverLimits.notesBetweenSaves, state.tracker?.firstHole != nil)
        }
        if hasHole { wake.set() }
        if isDue { try? await save() }
    }

    private func save() async throws {
        let tracker = try await self.tracker()
        state.withLock { $0.unsaved = 0 }
        try await cursors.save(FeedPosition(cursor: tracker.cursor, above: tracker.aboveText), feed: name)
    }
}
