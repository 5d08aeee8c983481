import GodwitCore
import NIOCore
import Synchronization

/// The rate limits that the endpoints of one application share over all event loops.
final class ApplicationLimits: Sendable {
    private struct Entry {
        var budget: ApplicationBudget
        /// Shards that asked and got nothing, in turn.
        var waiting: [(shard: DeliveryShard, wanted: Int)] = []
        /// A timer will ask again.
        var isWaiting = false
        /// Tells a timer that its limit has been replaced.
        var generation = 0
    }

    private let clock: WallClock
    private let entries = Mutex<[Int64: Entry]>([:])

    init(clock: WallClock) { self.clock = clock }

    /// Who waits under the former limit is served under the new one.
    ///
    /// - Returns: whether requests of the application need permits from now on.
    func set(_ application: Int64, _ limit: RateLimit, on eventLoop: any EventLoop) -> Bool {
        defer { serve(application, on: eventLoop) }
        return entries.withLock { entries in
            guard !limit.isNone else {
                entries[application] = nil
                return false
            }
            if entries[application]?.budget.limit != limit {
                let former = entries[application]
                entries[application] = Entry(
                    budget: ApplicationBudget(limit, at: clock.now), waiting: former?.waiting ?? [],
                    generation: (former?.generation ?? 0) + 1)
            }
            return true
        }
    }

    /// The shard is told when there are permits; at once, if there are some now.
    func ask(_ application: Int64, _ wanted: Int, for shard: DeliveryShard) {
        entries.withLock { $0[application]?.waiting.append((shard, wanted)) }
        serve(application, on: shard.eventLoop)
    }

    func giveBack(_ application: Int64, _ permits: Int) { free(application) { $0.giveBack(permits) } }

    func ended(_ application: Int64) { free(application) { $0.ended(1) } }

    private func free(_ application: Int64, _ change: (inout ApplicationBudget) -> Void) {
        let next: DeliveryShard? = entries.withLock { entries in
            guard var entry = entries[application] else { return nil }
            change(&entry.budget)
            entries[application] = entry
            return entry.waiting.first?.shard
        }
        if let next { serve(application, on: next.eventLoop) }
    }

    private func serve(_ application: Int64, on eventLoop: any EventLoop) {
        let (grants, askAgain, generation) = entries.withLock { entries -> ([(DeliveryShard, Int)], Instant?, Int) in
            var grants: [(DeliveryShard, Int)] = []
            guard var entry = entries[application] else { return ([], nil, 0) }
            defer { entries[application] = entry }
            while let first = entry.waiting.first {
                let (permits, askAgain) = entry.budget.grant(first.wanted, at: clock.now)
                guard permits > 0 else {
                    guard let askAgain, !entry.isWaiting else { return (grants, nil, 0) }
                    entry.isWaiting = true
                    return (grants, askAgain, entry.generation)
                }
                entry.waiting.removeFirst()
                grants.append((first.shard, permits))
            }
            return (grants, nil, 0)
        }
        for (shard, permits) in grants { shard.eventLoop.execute { shard.permit(application, permits) } }
        guard let askAgain else { return }
        let delay = max(.zero, askAgain - clock.now)
        _ = eventLoop.scheduleTask(in: .milliseconds(delay.wholeMilliseconds)) { [self] in
            let isCurrent = entries.withLock { entries in
                guard entries[application]?.generation == generation else { return false }
                entries[application]?.isWaiting = false
                return true
            }
            if isCurrent { serve(application, on: eventLoop) }
        }
    }
}
