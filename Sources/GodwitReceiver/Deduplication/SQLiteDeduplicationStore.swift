import Synchronization

/// Remembers in a file: no webhook is processed again after a restart.
public final class SQLiteDeduplicationStore: DeduplicationStore {
    private let file: ReceiverFile

    init(_ file: ReceiverFile) { self.file = file }

    /// Claims a key. A claim of an exclusive file lies in memory: a crash gives it back at once.
    public func begin(_ key: String) async throws -> DeduplicationClaim {
        switch file.sharing {
        case .exclusive:
            guard file.claims.withLock({ $0.insert(key).inserted }) else { return .inProgress }
            do {
                guard try await file.read({ try $0.isRecorded(key) }) else { return .first }
                giveBack(key)
                return .processed
            } catch {
                giveBack(key)
                throw error
            }
        case .shared(let leaseSeconds):
            let owner = file.owner
            return try await file.transaction { transaction in
                if try transaction.isRecorded(key) { return .processed }
                let now = transaction.nowSeconds
                let claimed = try transaction.run(
                    """
                    INSERT INTO webhook_claims (id, owner, until) VALUES ($1, $2, $3)
                    ON CONFLICT (id) DO UPDATE SET owner = excluded.owner, until = excluded.until
                    WHERE webhook_claims.until <= $4
                    """, [.text(key), .text(owner), .integer(now + max(1, leaseSeconds)), .integer(now)])
                return claimed == 1 ? .first : .inProgress
            }
        }
    }

    /// Records a key, unless the handler's own transaction did.
    public func complete(_ key: String) async throws {
        let isShared = file.sharing != .exclusive
        // Most handlers record the key with their effect; then there is nothing to write, and no disk to wait for.
        let isRecorded = isShared ? false : try await file.read { try $0.isRecorded(key) }
        if !isRecorded {
            try await file.transaction { transaction in
                _ = try transaction.record(key)
                if isShared { try transaction.run("DELETE FROM webhook_claims WHERE id = $1", [.text(key)]) }
            }
        }
        giveBack(key)
        await file.didRecord()
    }

    /// Gives the claim back.
    public func abandon(_ key: String) async throws {
        if file.sharing != .exclusive {
            let owner = file.owner
            try await file.transaction { transaction in
                // Not that of another process, which has claimed it since this one's lease has ended.
                _ = try transaction.run("DELETE FROM webhook_claims WHERE id = $1 AND owner = $2", [.text(key), .text(owner)])
            }
        }
        giveBack(key)
    }

    private func giveBack(_ key: String) { file.claims.withLock { _ = $0.remove(key) } }
}
