import GodwitSignature
import Synchronization

extension GapRepair {
    /// Fetches everything that is missing, in order. What fails unordered holds up nothing else.
    ///
    /// - Throws: the first failure.
    public func catchUp() async throws {
        do {
            try await fetchAll()
        } catch {
            try? await place.saveIfChanged()
            throw error
        }
        try await place.save()
    }

    private func fetchAll() async throws {
        var failures = Failures()
        for range in try await place.tracker().due(at: receiver.clock.nowSeconds) {
            var position = range.lowerBound - 1
            while position < range.upperBound, let next = try await takePage(of: position + 1...range.upperBound, &failures) {
                position = next
            }
        }
        var position: Int64 = 0
        while let next = try await takePage(of: nil, after: position, &failures) { position = next }
        if let first = failures.first { throw first }
    }

    /// Takes one page in its turn; pushes come in between two.
    ///
    /// - Parameter range: what to fetch; nil for what is missing first behind a position.
    /// - Returns: how far it is taken; nil when there is no more.
    private func takePage(
        of range: ClosedRange<Int64>?, after position: Int64 = 0, _ failures: inout Failures
    ) async throws -> Int64? {
        try Task.checkCancellation()
        _ = await turns.enter("order", isOwn: true)
        defer { turns.leave("order") }
        let before = try await place.tracker()
        // How far the feed goes is not known before its answer.
        guard let missing = range ?? before.missing(after: position, upTo: .max - 1) else { return nil }
        let (reached, head) = try await takePage(missing, before: before, &failures)
        guard head >= missing.lowerBound else { return nil }
        guard reached >= missing.lowerBound else {
            throw FeedFailure.malformed("it goes up to \(head), and \(missing.lowerBound) did not come")
        }
        if range == nil, try await place.tracker().missing(after: reached, upTo: head) == nil { return nil }
        return reached
    }

    /// In its turn.
    func takePage(_ missing: ClosedRange<Int64>, before: SequenceTracker) async throws -> Int64 {
        var failures = Failures()
        return try await takePage(missing, before: before, &failures).reached
    }

    private func takePage(
        _ missing: ClosedRange<Int64>, before: SequenceTracker, _ failures: inout Failures
    ) async throws -> (reached: Int64, head: Int64) {
        let limit = Int(min(Int64(ReceiverLimits.feedItems), missing.upperBound - missing.lowerBound + 1))
        let page = try await feed.page(after: missing.lowerBound - 1, limit: limit, waitSeconds: 0)
        return (try await take(page, after: missing.lowerBound - 1, before: before, &failures), page.head)
    }

    /// Hands the items of a page to the receiver, in order.
    ///
    /// - Parameter before: the place when the page was asked for. Pushes may have come since that the page doesn't know of.
    /// - Returns: how far it is taken.
    func take(_ page: FeedPage, after: Int64, before: SequenceTracker, _ failures: inout Failures) async throws -> Int64 {
        guard page.head >= before.cursor else {
            await options.onRewound?(before.cursor, page.head)
            await place.update { $0.rewind(to: page.head) }
            knowledge.withLock { $0.asked = nil }
            try await place.save()
            return page.head
        }
        // Numbers that the sender hadn't given yet were somebody's invention.
        await place.update { $0.remove(above: page.head, knownTo: before) }
        var last = after
        // What was done meanwhile isn't lost: only what is missing is forgotten.
        let first = min(page.first ?? 0, page.head + 1)
        if first > last + 1 {
            await forget(last + 1...first - 1, nil, "forgotten")
            last = first - 1
        }
        let items = page.items.filter { $0.sequence > last && $0.sequence <= page.head }.sorted { $0.sequence < $1.sequence }
        for item in items where item.sequence > last {
            // Only `first` says what is forgotten; a hole in between is asked for again, from there.
            guard item.sequence == last + 1 else { break }
            try await take(item, &failures)
            last = item.sequence
        }
        let next = min(page.next, page.head)
        if items.isEmpty, next > last {
            await forget(last + 1...next, nil, "forgotten")
            last = next
        }
        await noteHead(page.head)
        return last
    }

    private func take(_ item: FeedItem, _ failures: inout Failures) async throws {
        if try await place.tracker().contains(item.sequence) { return }
        switch item.content {
        case .gone(let why): await forget(item.sequence...item.sequence, item.id, why)
        case .request(let request):
            if let due = item.deliverAtSeconds, due > receiver.clock.nowSeconds {
                await place.update { $0.postpone(item.sequence...item.sequence, until: due) }
            } else if let failure = try await process(request, item) {
                guard !options.ordered, failures.add(failure) else { throw failure }
            }
        }
    }

    /// - Returns: why the item couldn't be processed.
    /// - Throws: what would stop every other item as well.
    private func process(_ request: WebhookRequest, _ item: FeedItem) async throws -> FeedFailure? {
        let chosen = try await receiver.verifier(for: request)
        let webhook: VerifiedWebhook
        do throws(VerificationError) {
            guard let verifier = chosen else { throw .noMatchingSignature }
            webhook = try verifier.verify(request, at: receiver.clock.nowSeconds)
        } catch {
            let failure = FeedFailure.notGenuine(sequence: item.sequence, error)
            // One secret for all, and it's the wrong one.
            guard receiver.options.chooseVerifier != nil else { throw failure }
            return failure
        }
        switch await receiver.process(webhook) {
        case .processed, .duplicate:
            await place.update { $0.insert(item.sequence) }
            return nil
        case .failed(let rejection as WebhookRejection) where rejection.isFinal:
            await forget(item.sequence...item.sequence, item.id, "rejected")
            return nil
        case .storeFailed: throw FeedFailure.notProcessed(sequence: item.sequence)
        case .busy, .failed: return .notProcessed(sequence: item.sequence)
        }
    }

    private func forget(_ sequences: ClosedRange<Int64>, _ id: String?, _ why: String) async {
        await options.onGone?(sequences, id, why)
        await place.update { $0.insert(sequences) }
    }

    /// - Returns: whether nothing is missing.
    @discardableResult
    func noteHead(_ head: Int64) async -> Bool {
        let now = receiver.clock.nowSeconds
        knowledge.withLock { knowledge in
            knowledge.head = head
            knowledge.asked = knowledge.asked ?? (head, now)
        }
        guard let tracker = try? await place.tracker() else { return false }
        noteProgress(tracker)
        guard tracker.missing(after: 0, upTo: head) == nil else { return false }
        knowledge.withLock { $0.completeSeconds = now }
        return true
    }

    /// What was on its way when the feed was asked comes a little later: that counts for the time of the question.
    func noteProgress(_ tracker: SequenceTracker) {
        knowledge.withLock { knowledge in
            guard let asked = knowledge.asked, tracker.missing(after: 0, upTo: asked.head) == nil else { return }
            knowledge.completeSeconds = asked.seconds
            knowledge.asked = nil
        }
    }
}

/// What failed of what was fetched.
struct Failures {
    private(set) var first: FeedFailure?
    private var count = 0

    /// - Returns: false when so many fail that the rest had better wait.
    mutating func add(_ failure: FeedFailure) -> Bool {
        first = first ?? failure
        count += 1
        return count < ReceiverLimits.repairFailures
    }
}

extension WebhookRejection {
    /// Whether no attempt will ever succeed.
    fileprivate var isFinal: Bool {
        switch self {
        case .retryLater: false
        case .unprocessable, .gone: true
        }
    }
}
