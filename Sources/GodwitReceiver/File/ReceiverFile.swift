import CSQLite
public import GodwitSignature
import NIOPosix
import Synchronization

/// An SQLite file with what a receiver must not forget: processed identifiers, its inbox, its place in a feed, and if you like,
/// your own tables, so that effect and record are one transaction.
///
/// A commit is on the disk before it is reported. The thread of a caller never waits for the disk.
public final class ReceiverFile: Sendable {
    /// Who else may have the file open.
    public enum Sharing: Hashable, Sendable {
        /// Nobody: opening it twice fails. After a crash nothing has to be waited for.
        case exclusive
        /// Several processes. One that dies holds the webhook it was at until its lease ends; attempts are answered with 503 till then.
        /// The lease must be longer than any handler takes: when it ends, another process may begin with the same webhook.
        case shared(leaseSeconds: Int64)
    }

    let sharing: Sharing
    let clock: WallClock
    /// Tells the claims of this process from those of others.
    let owner: String
    private let database: Mutex<ReceiverDatabase?>
    /// Of an exclusive file: they end with the process.
    let claims = Mutex<Set<String>>([])
    private let recorded = Mutex(0)
    private let retentionSeconds: Int64

    /// Opens the file, or makes it.
    public convenience init(
        path: String, sharing: Sharing = .exclusive, retentionDays: Int = ReceiverLimits.retentionDays
    ) throws(ReceiverFileError) {
        try self.init(path: path, sharing: sharing, retentionDays: retentionDays, clock: .system)
    }

    package init(path: String, sharing: Sharing, retentionDays: Int, clock: WallClock) throws(ReceiverFileError) {
        let database = try ReceiverDatabase(path: path)
        // An exclusive file is either free or somebody else's for good.
        database.setBusyTimeout(milliseconds: sharing == .exclusive ? 0 : ReceiverLimits.busyMilliseconds)
        do throws(ReceiverFileError) {
            if sharing == .exclusive { try database.execute("PRAGMA locking_mode = EXCLUSIVE;") }
            try database.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; BEGIN IMMEDIATE;")
            try database.execute(ReceiverSchema.script)
            try database.execute("COMMIT;")
        } catch {
            guard error.code & 0xFF == SQLITE_BUSY else { throw error }
            throw ReceiverFileError(error.code, "\(path) is in use by another process")
        }
        self.database = Mutex(database)
        self.sharing = sharing
        self.clock = clock
        owner = String(UInt64.random(in: .min ... .max), radix: 16)
        retentionSeconds = Int64(max(1, retentionDays)) * 86400
    }

    /// The store of identifiers that lies in this file.
    public var deduplication: SQLiteDeduplicationStore { SQLiteDeduplicationStore(self) }

    /// All or nothing. The body runs on another thread, alone: it must not wait for anything but the file. What it throws undoes
    /// everything.
    public func transaction<Value: Sendable>(
        _ body: @escaping @Sendable (ReceiverTransaction) throws -> Value
    ) async throws -> Value {
        try await NIOThreadPool.singleton.runIfActive { [self] in
            try withDatabase { database in
                try database.execute("BEGIN IMMEDIATE")
                do {
                    let value = try body(ReceiverTransaction(database, nowSeconds: clock.nowSeconds))
                    try database.execute("COMMIT")
                    return value
                } catch {
                    // A full disk may have ended it already.
                    if database.isInTransaction { try? database.execute("ROLLBACK") }
                    throw error
                }
            }
        }
    }

    /// Closes the file, so that it can be opened again at once; what is at work in it ends first. Whatever is asked of it later fails.
    ///
    /// The end of the process closes it too.
    public func close() { database.withLock { $0 = nil } }

    private func withDatabase<Value: Sendable>(_ body: (ReceiverDatabase) throws -> Value) throws -> Value {
        try database.withLock { database in
            guard let database else { throw ReceiverFileError(SQLITE_MISUSE, "the file is closed") }
            return try body(database)
        }
    }

    /// Looks something up; takes no lock of the file that others would wait for.
    func read<Value: Sendable>(_ body: @escaping @Sendable (ReceiverTransaction) throws -> Value) async throws -> Value {
        try await NIOThreadPool.singleton.runIfActive { [self] in
            try withDatabase { try body(ReceiverTransaction($0, nowSeconds: clock.nowSeconds)) }
        }
    }

    /// The effect and the record of the webhook as one: also after a crash at any moment it has happened once or not at all.
    ///
    /// Within a handler of a receiver that uses `deduplication` of the same file, recording costs no second write.
    /// - Returns: false for a duplicate, whose effect doesn't run.
    @discardableResult
    public func processOnce(
        _ webhook: VerifiedWebhook, effect: @escaping @Sendable (ReceiverTransaction) throws -> Void
    ) async throws -> Bool {
        let key = webhook.deduplicationKey
        return try await transaction { transaction in
            guard try transaction.record(key) else { return false }
            try effect(transaction)
            return true
        }
    }

    /// Forgets old identifiers now and then.
    func didRecord() async {
        let isDue = recorded.withLock { recorded in
            recorded += 1
            return recorded % ReceiverLimits.recordsBetweenPrunes == 1
        }
        guard isDue else { return }
        let retentionSeconds = retentionSeconds
        // What fails now is tried again later.
        try? await transaction { transaction in
            _ = try transaction.query(
                """
                DELETE FROM processed_webhooks WHERE id IN
                    (SELECT id FROM processed_webhooks WHERE processed_at < $1 ORDER BY processed_at LIMIT $2)
                """,
                [.integer(transaction.nowSeconds - retentionSeconds), .integer(Int64(ReceiverLimits.prunedAtOnce))])
            // Of processes that died, and whose webhook never came again.
            _ = try transaction.query(
                "DELETE FROM webhook_claims WHERE until < $1", [.integer(transaction.nowSeconds - retentionSeconds)])
        }
    }
}
