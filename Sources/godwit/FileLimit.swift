#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// How many files and sockets this process may have open.
enum FileLimit {
    /// Takes what the system allows. The usual soft limit of 1,024 is older than servers that hold a connection per receiver; past
    /// it, attempts would fail for our own fault.
    static func raise() {
        var limit = rlimit()
        guard unsafe getrlimit(resource, &limit) == 0, limit.rlim_cur < limit.rlim_max else { return }
        limit.rlim_cur = limit.rlim_max
        _ = unsafe setrlimit(resource, &limit)
    }

    #if canImport(Glibc)
    private static var resource: __rlimit_resource_t { __rlimit_resource_t(RLIMIT_NOFILE.rawValue) }
    #else
    private static var resource: Int32 { RLIMIT_NOFILE }
    #endif
}
