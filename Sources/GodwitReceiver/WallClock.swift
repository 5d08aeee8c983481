#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// The one place of the kit where the time of day is asked for.
package struct WallClock: Sendable {
    private let read: @Sendable () -> Int64

    package init(_ read: @escaping @Sendable () -> Int64) { self.read = read }

    /// Seconds since 1970.
    package var nowSeconds: Int64 { read() }

    package static let system = WallClock {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec)
    }
}
