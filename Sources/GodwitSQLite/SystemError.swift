#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// Error numbers of the system.
enum SystemError {
    static func text(_ number: Int32) -> String { unsafe String(cString: strerror(number)) }

    /// SQLite knows a full disk, but not a quota or a limit on the size of files.
    static func isOutOfSpace(_ number: Int32) -> Bool { number == ENOSPC || number == EDQUOT || number == EFBIG }
}
