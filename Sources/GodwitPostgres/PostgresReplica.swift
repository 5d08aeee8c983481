#if Postgres
import Dispatch
import GodwitCore
import GodwitSQL
import GodwitStore
import Synchronization

/// A server that follows the one we write to. Lists are read from it while it keeps up; whatever is the matter with it, the list is
/// read where we write, and nobody waits for it longer than `Limits.replicaPatience`.
final class PostgresReplica: Sendable {
    private struct State {
        /// Of the database that it follows.
        var identity: String?
        var pausedUntil: ContinuousClock.Instant?
        var isConnecting = false
    }

    private let gate: PostgresGate
    private let readers: [PostgresReader]
    private let state = Mutex(State())

    /// - Parameter address: of one server, or of several, of which the first that answers is taken.
    init(address: String) {
        let gate = PostgresGate(address: address, sessions: .any, patience: Limits.replicaPatience)
        self.gate = gate
        readers = (0..<Limits.storeReaders).map { _ in PostgresReader(gate) }
    }

    /// - Returns: why it can't be reached now; it is looked for later.
    /// - Throws: when another database is there, whose lists would be somebody else's.
    func begin(following identity: String) throws(StoreError) -> StoreError? {
        state.withLock { $0.identity = identity }
        do throws(StoreError) { try connect(readers[0]) } catch {
            guard error.code == .unavailable else { throw StoreError(error.code, "the replica can't be used: \(error)") }
            return error
        }
        return nil
    }

    var isUsable: Bool { state.withLock { $0.pausedUntil.map { $0 <= .now } ?? true } }

    /// - Returns: nil when it doesn't hold all up to the position soon enough, or fails.
    func read<Value: Sendable>(
        upTo position: PostgresPosition, _ body: (PostgresConnection) throws(StoreError) -> Value
    ) -> Value? {
        for reader in readers {
            var isLost = false
            do throws(StoreError) {
                let value = try reader.readIfOpen { connection throws(StoreError) in
                    defer { isLost = connection.isLost }
                    return try connection.read(upTo: position, body)
                }
                if let value { return value }
            } catch {
                // It is behind, or what it replays needed the place of the rows; or it is gone for the other connections too.
                pause()
                if isLost { for reader in readers { reader.disconnectIfFree() } }
                return nil
            }
        }
        connectLater()
        return nil
    }

    func close() { for reader in readers { reader.close() } }

    private func pause() { state.withLock { $0.pausedUntil = .now + Limits.replicaPause } }

    /// All connections are in use, or there is none yet. Nobody waits for one that may not come.
    private func connectLater() {
        let isMine = state.withLock { state in
            defer { state.isConnecting = true }
            return !state.isConnecting
        }
        guard isMine else { return }
        DispatchQueue.global().async { [self] in
            if let reader = readers.first(where: { !$0.isOpen }) { try? connect(reader) }
            state.withLock { $0.isConnecting = false }
        }
    }

    private func connect(_ reader: PostgresReader) throws(StoreError) {
        let identity = state.withLock { $0.identity }
        let found = try reader.read { connection throws(StoreError) in try connection.first(FindIdentity()) }
        guard found == identity else {
            reader.disconnectIfFree()
            throw StoreError(.unusable, "it is none of this database")
        }
    }
}

extension PostgresConnection {
    /// In one transaction, so that a pooler doesn't ask one server how far it is and another one for the list.
    fileprivate func read<Value>(
        upTo position: PostgresPosition, _ body: (PostgresConnection) throws(StoreError) -> Value
    ) throws(StoreError) -> Value {
        try later(PostgresRequest(BeginFollowing()), isAwaited: false) { _ in }
        do throws(StoreError) {
            try awaitReplay(of: position)
            let value = try body(self)
            try run(EndFollowing())
            return value
        } catch {
            queue = PostgresQueue()
            if isInTransaction { _ = try? run(AbandonFollowing()) }
            throw error
        }
    }

    private func awaitReplay(of position: PostgresPosition) throws(StoreError) {
        let deadline = ContinuousClock.now + Limits.replicaLag
        var wait = Limits.replicaLook
        while true {
            guard let replayed = try first(FindReplayed()), replayed.timeline == position.timeline else { break }
            if replayed.holds(position) { return }
            guard ContinuousClock.now + wait < deadline else { break }
            pause(wait)
            wait *= 2
        }
        throw StoreError(.unavailable, "the replica is behind")
    }
}

/// Each statement sees what is there by then: the list no less than the position that was asked for before.
private struct BeginFollowing: PlainStatement { static let sql = "BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY" }
private struct EndFollowing: PlainStatement { static let sql = "COMMIT" }
private struct AbandonFollowing: PlainStatement { static let sql = "ROLLBACK" }
#endif
