import GodwitCore
import GodwitEngine
import GodwitStore

/// The identifiers of the messages and endpoints that attempts belong to. History knows them by key only.
struct AttemptIdentities: Sendable {
    let messages: [Int64: MessageID]
    let endpoints: [Int64: EndpointID]
    /// The messages themselves, without their payloads, where they are asked for.
    var contents: [Int64: Message] = [:]

    static func find(
        _ records: [AttemptRecord], _ request: APIRequest, withMessages: Bool = false
    ) async throws(StoreError) -> AttemptIdentities {
        let messages = Set(records.map(\.delivery.message))
        let endpoints = Set(records.map(\.delivery.endpoint))
        return try await request.engine.read { store throws(StoreError) in
            var found = AttemptIdentities(
                messages: try store.messageIDs(messages), endpoints: try store.endpointIDs(endpoints))
            if withMessages { found.contents = try store.messageHeads(messages) }
            return found
        }
    }
}
