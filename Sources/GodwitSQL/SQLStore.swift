package import GodwitCore
package import GodwitStore

/// A store on a database that speaks SQL: what it reads is the same for all of them.
package protocol SQLStore: Store {
    associatedtype Connection: SQLConnection

    /// One of the connections that read; at most one thread uses it.
    func read<Value: Sendable>(_ body: (Connection) throws(StoreError) -> Value) throws(StoreError) -> Value

    /// As `read`, for a page of what may be many. It may be asked of another server that holds the same by now.
    func readList<Value: Sendable>(_ body: (Connection) throws(StoreError) -> Value) throws(StoreError) -> Value

    var idempotency: IdempotencyIndex { get }
}

extension SQLStore {
    package func readList<Value: Sendable>(
        _ body: (Connection) throws(StoreError) -> Value
    ) throws(StoreError) -> Value {
        try read(body)
    }
}

extension SQLStore {
    package func rememberedResponse(
        _ key: IdempotencyKey, since: Instant
    ) throws(StoreError) -> RememberedResponse {
        let row: IdempotencyRow?
        if isShared {
            row = try read { connection throws(StoreError) in
                try connection.first(FindSharedIdempotencyRow(scope: key.scope, since: since))
            }
        } else {
            guard let number = idempotency.number(of: key.scope) else { return .none }
            row = try read { connection throws(StoreError) in try connection.first(FindIdempotencyRow(number: number)) }
        }
        guard let row, row.scope == key.scope, row.createdAt >= since else { return .none }
        guard row.request == key.request, case .response(let response) = row.answer else { return .mismatch }
        return .response(response)
    }
}
