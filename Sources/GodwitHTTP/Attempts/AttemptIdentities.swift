import GodwitCore
import GodwitEngine
import GodwitStore

/// The identifiers of the messages and endpoints that attempts belong to. History knows them by key only.
struct AttemptIdentities: Sendable {
    private(set) var messages: [Int64: MessageID] = [:]
    private(set) var endpoints: [Int64: EndpointID] = [:]

    static func find(_ records: [AttemptRecord], _ request: APIRequest) async throws(StoreError) -> AttemptIdentities {
        var identities = AttemptIdentities()
        for key in Set(records.map(\.delivery.endpoint)) {
            identities.endpoints[key] = request.engine.catalogue.endpoint(key)?.endpoint.id
        }
        let messages = Set(records.map { MessageKey(application: $0.application, key: $0.delivery.message) })
        identities.messages = try await request.engine.read { store throws(StoreError) in
            var found: [Int64: MessageID] = [:]
            for message in messages {
                found[message.key] = try store.message(application: message.application, key: message.key)?.id
            }
            return found
        }
        return identities
    }

    private struct MessageKey: Hashable {
        let application: Int64
        let key: Int64
    }
}
