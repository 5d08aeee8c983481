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
        /// answered with 503, and `run` fetches it. What the sender has scheduled for later comes at its time, out of the order.
        public var ordered = false
        /// Where a receiver begins whose place was never saved.
        public var start = Start.beginning
        /// Seconds of silence after which the feed is asked how far it goes.
        public var heartbeatSeconds = ReceiverLimits.heartbeatSeconds
        /// Seconds that an out-of-order push is given before what is missing is fetched. Not used when ordered.
        public var patienceSeconds = ReceiverLimits.gapPatienceSeconds
        /// Hears of numbers that no handler gets: `expired` or `cancelled` by the sender, `forgotten` by the feed, or `rejected`
        /// by the handler, which threw `WebhookRejection.unprocessable` or `gone`.
        public var onGone: (@Sendable (_ sequences: ClosedRange<Int64>, _ id: String?, _ why: String) async -> Void)?
        /// Hears that the feed ends before what was processed: the sender's store was restored from a backup.
        public var onRewound: (@Sendable (_ cursor: Int64, _ head: Int64) async -> Void)?
        /// Hears of each failed attempt to catch up; the next follows by itself.
        public var onFailure: (@Sendable (any Error) -> Void)?

        /// The defaults.
        public init() {}
    }

    /// Where a receiver begins that has no place in the feed yet.
    public enum Start: Hashable, Sendable {
        /// With everything that the endpoint was ever given.
        case beginning
        /// With what comes from now on: for an endpoint whose past was handled by something else.
        case now
        /// Behind a sequence number.
        case after(Int64)
    }

    let receiver: WebhookReceiver
    let feed: any FeedTransport
    let options: Options
    let place: FeedPlace
    let turns = Turns(limit: ReceiverLimits.concurrentWebhooks)
    let wake = Wake()
    let knowledge = Mutex(Knowledge())

    /// What is known besides the place.
    struct Knowledge {
        /// How far the feed goes, as it said last.
        var head: Int64?
        /// Up to which number nothing must be missing for the next proof, and when the feed said it.
        var asked: (head: Int64, seconds: Int64)?
        /// When nothing was missing, in seconds since 1970.
        var completeSeconds: Int64?
        /// Whether a push came since somebody last looked.
        var hasHeard = false
    }

    /// - Parameter name: under which the place is kept, one for each endpoint.
    public init(
        receiver: WebhookReceiver, feed: any FeedTransport, name: String, cursors: any CursorStore, options: Options = Options()
    ) {
        self.receiver = receiver
        self.feed = feed
        self.options = options
        place = FeedPlace(name: name, cursors: cursors) {
            switch options.start {
            case .beginning: 0
            case .now: try await feed.head()
            case .after(let sequence): sequence
            }
        }
    }

    /// As the receiver's.
    public var maxBodyBytes: Int { receiver.maxBodyBytes }

    /// Everything up to here was processed, is gone, or is scheduled for later.
    public func cursor() async throws -> Int64 { try await place.tracker().cursor }

    /// How far the receiver is, for health checks and dashboards.
    public func standing() async throws -> FeedStanding {
        let tracker = try await place.tracker()
        let known = knowledge.withLock { ($0.head, $0.completeSeconds) }
        return FeedStanding(
            cursor: tracker.cursor, head: known.0, missing: tracker.missingCount(upTo: max(known.0 ?? 0, tracker.last)),
            scheduled: tracker.deferredCount, completeSeconds: known.1)
    }

    /// As the receiver's `receive`.
    public func receive(_ request: WebhookRequest, peer: String? = nil) async -> WebhookResponse {
        await receiver.receive(request, peer: peer) { webhook in
            await receive(webhook, sequence: request.sequence)
        }
    }

    private func receive(_ webhook: VerifiedWebhook, sequence: Int64?) async -> WebhookResponse {
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
        guard case .processed = processing, let sequence else { return processing }
        knowledge.withLock { $0.hasHeard = true }
        guard let tracker = await place.update({ $0.insert(sequence) }) else { return processing }
        noteProgress(tracker)
        if tracker.firstHole != nil { wake.set() }
        return processing
    }

    /// Fetches what is missing before a number, when it is no more than a page.
    private func closeGap(before sequence: Int64) async throws -> Bool {
        let before = try await place.tracker()
        guard let missing = before.missing(after: before.cursor, upTo: sequence - 1) else { return true }
        guard missing.count <= ReceiverLimits.feedItems else {
            wake.set()
            return false
        }
        _ = try await takePage(missing, before: before)
        if try await place.tracker().missing(after: 0, upTo: sequence - 1) == nil { return true }
        wake.set()
        return false
    }
}

/// How far a receiver is in a feed.
public struct FeedStanding: Hashable, Sendable {
    /// Everything up to here was processed, is gone, or is scheduled for later.
    public let cursor: Int64
    /// How far the feed goes, as it said last; nil before it was asked.
    public let head: Int64?
    /// How many are known to be missing.
    public let missing: Int64
    /// How many wait for their time. At most so many: of very many some are counted that are done.
    public let scheduled: Int64
    /// When the feed last proved that nothing was missing, in seconds since 1970; nil when it hasn't yet. Sound an alarm when it is
    /// older than some heartbeats.
    public let completeSeconds: Int64?
}

extension WebhookRequest {
    /// From 1; nil without a number that could be one.
    fileprivate var sequence: Int64? {
        headers["webhook-sequence"].flatMap { Int64($0) }.flatMap { (1..<Int64.max).contains($0) ? $0 : nil }
    }
}
