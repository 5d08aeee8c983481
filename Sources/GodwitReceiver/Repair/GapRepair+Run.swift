extension GapRepair {
    /// Catches up at once, then whenever something is missing, until the task is cancelled.
    public func run() async throws {
        var failures = 0
        while !Task.isCancelled {
            do {
                try await catchUp()
                failures = 0
            } catch is CancellationError {
                break
            } catch {
                options.onFailure?(error)
                failures += 1
            }
            if failures > 0 {
                let wait = min(ReceiverLimits.repairBackoffSeconds, 1 << min(failures - 1, 16))
                try? await Task.sleep(for: .seconds(wait))
            } else {
                await waitForGap()
            }
        }
    }

    /// For endpoints that are only pulled: reads the feed as it grows, until the task is cancelled.
    public func follow() async throws {
        var failures = 0
        while !Task.isCancelled {
            do {
                // Waits there, takes here: nothing is taken twice, and the order is kept by one place.
                _ = try await feed.page(after: tracker().cursor, limit: 1, waitSeconds: ReceiverLimits.feedWaitSeconds)
                try await catchUp()
                failures = 0
            } catch is CancellationError {
                break
            } catch {
                options.onFailure?(error)
                failures += 1
                let wait = min(ReceiverLimits.repairBackoffSeconds, 1 << min(failures - 1, 16))
                try? await Task.sleep(for: .seconds(wait))
            }
        }
    }

    /// Until a gap has stayed open for a while, or the feed goes further than what has come.
    private func waitForGap() async {
        while !Task.isCancelled {
            if await wake.wait(seconds: options.heartbeatSeconds) {
                guard !options.ordered else { return }
                // Pushes overtake each other; most gaps close by themselves.
                try? await Task.sleep(for: .seconds(options.patienceSeconds))
                if let tracker = try? await tracker(), tracker.firstHole != nil { return }
            } else {
                guard let head = try? await feed.head(), let tracker = try? await tracker(), head == tracker.cursor else {
                    return
                }
            }
        }
    }
}
