import GodwitCore
import GodwitStore
import Logging
import Synchronization

/// The time of day for nodes that share a store: the store's. So due times, which one node writes and another reads, mean the same to
/// both, however their own clocks differ or step. Between two looks at it, it goes on by a clock that never steps.
final class SharedClock: Sendable {
    private let started: ContinuousClock.Instant
    private let offset: Mutex<ClockOffset>

    /// nil for a store without a clock: then the node's own counts.
    init?(_ store: any Store, own: WallClock, logger: Logger) throws(StoreError) {
        let started = ContinuousClock.now
        self.started = started
        guard let time = try store.time() else { return nil }
        let asked = Instant(millisecondsSince1970: 0)
        offset = Mutex(ClockOffset(answered: time, asked: asked, heard: Self.steady(since: started)))
        // The first answer may have taken a connection; this one says more.
        try follow(store)
        let difference = own.now - now
        if max(difference, .zero - difference) > Limits.clockDifference {
            logger.warning(
                "this machine's clock is not the database's, which counts",
                metadata: ["ahead_by_milliseconds": "\(difference.wholeMilliseconds)"])
        }
    }

    var now: Instant { Self.steady(since: started) + .milliseconds(offset.withLock(\.milliseconds)) }

    /// Blocks for one question.
    func follow(_ store: any Store) throws(StoreError) {
        let asked = Self.steady(since: started)
        guard let time = try store.time() else { return }
        let heard = Self.steady(since: started)
        offset.withLock { $0.follow(answered: time, asked: asked, heard: heard) }
    }

    /// Goes on while the machine sleeps.
    private static func steady(since started: ContinuousClock.Instant) -> Instant {
        Instant(millisecondsSince1970: (ContinuousClock.now - started).wholeMilliseconds)
    }
}
