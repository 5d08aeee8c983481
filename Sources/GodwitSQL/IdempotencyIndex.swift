import GodwitCore
package import GodwitStore
import Synchronization

/// Where in the table each idempotency key stands, as it was committed: a table that is only appended to needs no index of its own.
package final class IdempotencyIndex: Sendable {
    package typealias Entry = (number: Int64, scope: IdempotencyKey.Fingerprint)

    private struct State {
        var numbers: [IdempotencyKey.Fingerprint: Int64] = [:]
        var firstNumber: Int64 = 1
        var lastNumber: Int64 = 0
    }

    private let state = Mutex(State())

    /// As the table stands. Only a server asks for idempotency keys; others read nothing.
    package convenience init(of connection: some SQLConnection, isExclusive: Bool) throws(StoreError) {
        self.init(isExclusive ? try connection.all(AllIdempotencyScopes()) : [])
    }

    /// - Parameter entries: the table's, in its order.
    package init(_ entries: [Entry]) { replace(by: entries) }

    private func replace(by entries: [Entry]) {
        var fresh = State()
        for entry in entries { fresh.numbers[entry.scope] = entry.number }
        if let first = entries.first, let last = entries.last {
            fresh.firstNumber = first.number
            fresh.lastNumber = last.number
        }
        state.withLock { $0 = fresh }
    }

    func number(of scope: IdempotencyKey.Fingerprint) -> Int64? { state.withLock { $0.numbers[scope] } }

    /// Numbers of the oldest and the newest row; the oldest is the greater by one when there is none.
    var bounds: (first: Int64, last: Int64) { state.withLock { ($0.firstNumber, $0.lastNumber) } }

    func commit(added: [IdempotencyKey.Fingerprint: Int64], last: Int64, forgotten: [Entry], first: Int64) {
        state.withLock { state in
            state.numbers.merge(added) { $1 }
            // A key that was used again after it had expired stands at its newer number.
            for entry in forgotten where state.numbers[entry.scope] == entry.number { state.numbers[entry.scope] = nil }
            state.firstNumber = first
            state.lastNumber = last
        }
    }
}

/// The open transaction's view of the idempotency keys. Nothing of it is seen outside before the commit.
struct IdempotencyJournal {
    let index: IdempotencyIndex
    /// Keys that are remembered. Past it the oldest are forgotten.
    let limit: Int64
    /// Other nodes write keys too: the table is asked, and its numbers are the database's.
    private let isShared: Bool
    private var added: [IdempotencyKey.Fingerprint: Int64] = [:]
    private var last: Int64 = 0
    private var forgotten: [IdempotencyIndex.Entry] = []
    private var first: Int64 = 1
    private var sharedRows = SharedRows()

    init(index: IdempotencyIndex, limit: Int, isShared: Bool) {
        self.isShared = isShared
        self.index = index
        self.limit = Int64(limit)
    }

    /// What is remembered of some keys, read for all of them at once.
    mutating func take(_ rows: [IdempotencyRow], ofAsked scopes: Set<IdempotencyKey.Fingerprint>) {
        sharedRows.take(rows, ofAsked: scopes)
    }

    /// What is remembered and has not expired.
    func find(
        _ scope: IdempotencyKey.Fingerprint, since: Instant, on connection: some SQLConnection
    ) throws(StoreError) -> IdempotencyRow? {
        if isShared { return try sharedRows.find(scope, since: since, on: connection) }
        guard
            let number = added[scope] ?? index.number(of: scope),
            let row = try connection.first(FindIdempotencyRow(number: number)), row.scope == scope, row.createdAt >= since
        else { return nil }
        return row
    }

    mutating func add(_ row: IdempotencyRow, on connection: some SQLConnection) throws(StoreError) {
        if isShared { return try sharedRows.add(row, on: connection) }
        if added.isEmpty { last = index.bounds.last }
        last += 1
        added[row.scope] = last
        try connection.runLater(InsertIdempotencyRow(number: last, row: row))
    }

    /// Before the transaction commits: forgets at least as many as were added, so that the table doesn't outgrow its limit.
    mutating func prune(at now: Instant, on connection: some SQLConnection) throws(StoreError) {
        if isShared { return try sharedRows.prune(limit: limit, at: now, on: connection) }
        guard !added.isEmpty else { return }
        let window = 2 * Int64(added.count) + 64
        forgotten = try connection.all(
            ForgetIdempotencyRows(
                window: index.bounds.first + window, surplus: last - limit, expired: now + (.zero - Limits.idempotencyAge)))
        first = try connection.first(OldestIdempotencyRow()).flatMap(\.self) ?? last + 1
    }

    mutating func commit() {
        guard !added.isEmpty, !isShared else { return rollBack() }
        index.commit(added: added, last: last, forgotten: forgotten, first: first)
        rollBack()
    }

    mutating func rollBack() {
        added = [:]
        forgotten = []
        sharedRows = SharedRows()
    }
}
