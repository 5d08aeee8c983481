package import GodwitCore

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// The one place where the time of day is asked for. Everything else takes an `Instant`.
package struct WallClock: Sendable {
    private let read: @Sendable () -> Instant

    package init(_ read: @escaping @Sendable () -> Instant) { self.read = read }

    package var now: Instant { read() }

    package static let system = WallClock {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Instant(millisecondsSince1970: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }
}
