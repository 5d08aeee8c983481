import GodwitStore

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// The database's file, made sure of before SQLite sees it: SQLite says "unable to open database file" for everything.
struct StoreFile: Sendable {
    let path: String
    /// Without symbolic links: one file, one lock, whatever name was given.
    let resolvedPath: String

    /// Creates the file, readable by its owner only, if there is none. SQLite gives its log the same mode.
    init(path: String) throws(StoreError) {
        guard !path.isEmpty else { throw StoreError(.unusable, "the store's path is empty") }
        self.path = path
        let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.explain(errno, path: path) }
        _ = close(descriptor)
        guard let resolved = unsafe realpath(path, nil) else { throw Self.explain(errno, path: path) }
        defer { unsafe free(resolved) }
        resolvedPath = unsafe String(cString: resolved)
    }

    /// SQLite takes a name that begins with `file:` for a URI.
    var databaseName: String { path.hasPrefix("/") ? path : "./" + path }

    private static func explain(_ number: Int32, path: String) -> StoreError {
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        return switch number {
        case ENOENT, ENOTDIR: StoreError(.unavailable, "the store '\(path)' can't be created: there is no folder '\(folder)'")
        case EISDIR: StoreError(.unusable, "the store '\(path)' is a folder, not a file")
        case EACCES, EPERM, EROFS:
            StoreError(.unavailable, "the store '\(path)' can't be written: \(SystemError.text(number))")
        default:
            StoreError(
                SystemError.isOutOfSpace(number) ? .full : .unavailable,
                "the store '\(path)' can't be opened: \(SystemError.text(number))")
        }
    }
}

/// The right of one server to a store's file, held until the process ends or it is released. A lock of its own file: SQLite's
/// locks come and go, and two servers with memories of their own must not write in turns.
final class StoreLock: Sendable {
    private let descriptor: Int32

    init(_ file: StoreFile) throws(StoreError) {
        let path = file.resolvedPath + ".lock"
        let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw StoreError(.unavailable, "the lock '\(path)' can't be opened: \(SystemError.text(errno))")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let number = errno
            _ = close(descriptor)
            throw number == EWOULDBLOCK
                ? StoreError(.unavailable, "the store '\(file.path)' is in use by another godwit server")
                : StoreError(.unavailable, "the lock '\(path)' can't be taken: \(SystemError.text(number))")
        }
        self.descriptor = descriptor
    }

    // The file stays: removing it would let two servers lock two files of the same name.
    deinit { _ = close(descriptor) }
}
