import Synchronization

extension GapRepair {
    /// Catches up at once, then whenever something is missing, until the task is cancelled.
    public func run() async throws {
        var failures = 0
        while !Task.isCancelled {
            do {
                try await catchUp()
                failures = 0
                await waitForGap()
            } catch {
                await pause(after: error, &failures)
            }
        }
        try? await place.saveIfChanged()
    }

    /// For endpoints that are only pulled: reads the feed as it grows, until the task is cancelled. Pushes may come beside it.
    public func follow() async throws {
        var failures = 0
        while !Task.isCancelled {
            do {
                try await catchUp()
                failures = 0
                while try await takeNews() { try Task.checkCancellation() }
            } catch {
                await pause(after: error, &failures)
            }
        }
        try? await place.saveIfChanged()
    }

    /// Waits at the end of the feed and takes what comes.
    ///
    /// - Returns: false when there is more to do than that.
    private func takeNews() async throws -> Bool {
        let before = try await place.tracker()
        let after = before.last
        let page = try await feed.page(
            after: after, limit: ReceiverLimits.feedItems,
            waitSeconds: secondsToWait(before, atMost: ReceiverLimits.feedWaitSeconds))
        var failures = Failures()
        do {
            _ = await turns.enter("order", isOwn: true)
            defer { turns.leave("order") }
            _ = try await take(page, after: after, before: before, &failures)
        }
        if let first = failures.first { throw first }
        try await place.saveIfChanged()
        let tracker = try await place.tracker()
        return tracker.missing(after: 0, upTo: page.head) == nil && tracker.due(at: receiver.clock.nowSeconds).isEmpty
    }

    /// The pause after a failure: one second, and each next time twice as long.
    private func pause(after error: any Error, _ failures: inout Int) async {
        // Whoever stops it hasn't made anything fail.
        guard !Task.isCancelled else { return }
        options.onFailure?(error)
        failures += 1
        let wait = min(ReceiverLimits.repairBackoffSeconds, 1 << min(failures - 1, 16))
        try? await Task.sleep(for: .seconds(wait))
    }

    /// Until a gap has stayed open for a while, something is due, or the feed goes further than what has come.
    private func waitForGap() async {
        while !Task.isCancelled {
            guard let tracker = try? await place.tracker() else { return }
            let isWoken = await wake.wait(seconds: secondsToWait(tracker, atMost: options.heartbeatSeconds))
            guard let tracker = try? await place.tracker() else { return }
            if !tracker.due(at: receiver.clock.nowSeconds).isEmpty {
                // Its push is on the way, too.
                try? await Task.sleep(for: .seconds(options.patienceSeconds))
                return
            }
            if isWoken {
                guard !options.ordered else { return }
                // Pushes overtake each other; most gaps close by themselves.
                try? await Task.sleep(for: .seconds(options.patienceSeconds))
                if let tracker = try? await place.tracker(), tracker.firstHole != nil { return }
            } else {
                try? await place.saveIfChanged()
                let hasHeard = knowledge.withLock { knowledge in
                    defer { knowledge.hasHeard = false }
                    return knowledge.hasHeard
                }
                guard let head = try? await feed.head(), head >= tracker.cursor else { return }
                // While pushes come, more of them are on their way; a hole between them makes itself known.
                guard await noteHead(head) || hasHeard else { return }
            }
        }
    }

    /// Until something is due, but no longer than that.
    private func secondsToWait(_ tracker: SequenceTracker, atMost limit: Int) -> Int {
        guard let due = tracker.nextDueSeconds else { return limit }
        return Int(max(0, min(Int64(limit), due - receiver.clock.nowSeconds)))
    }
}
