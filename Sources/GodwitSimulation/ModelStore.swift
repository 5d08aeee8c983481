package import GodwitCore
package import GodwitStore
import Synchronization

/// The obvious store: dictionaries and a lock. What a database is compared with, and what simulations run on.
package final class ModelStore: Store {
    let state = Mutex(ModelState())
    private let idempotencyKeys: Int
    package let isShared: Bool

    /// - Parameter isShared: several nodes have it open, each by this same object.
    package init(idempotencyKeys: Int = Limits.idempotencyKeys, isShared: Bool = false) {
        self.idempotencyKeys = idempotencyKeys
        self.isShared = isShared
        state.withLock { $0.nodes.isShared = isShared }
    }

    /// Throws before anything happens when a message is stored already: then the program has used an identifier twice.
    package func commit(_ commands: [WriteCommand], at now: Instant) throws(StoreError) -> [WriteResult] {
        try state.withLock { state throws(StoreError) in
            var keys: Set<Int64> = []
            for case .publish(let new) in commands {
                guard state.messages[new.message.id.key] == nil, keys.insert(new.message.id.key).inserted else {
                    throw StoreError(.unusable, "a message with this key exists")
                }
            }
            guard commands.allSatisfy({ state.isAlive($0.beneficiaries) }) else {
                throw StoreError(.unavailable, "this node was given up")
            }
            let count = state.rememberedCount
            let results = commands.map { state.perform($0, at: now) }
            if state.rememberedCount > count { state.forgetKeys(keeping: idempotencyKeys) }
            return results
        }
    }

    package func close() {}

    // MARK: Reads

    package func backlog() -> [(endpoint: Int64, due: Instant)] {
        state.withLock { state in
            Set(state.deliveries.keys.map(\.endpoint)).sorted().compactMap { endpoint in
                state.waiting(endpoint: endpoint).compactMap(\.machine.due).min().map { (endpoint, $0) }
            }
        }
    }

    package func allApplications() -> [Application] {
        state.withLock { state in
            state.applications.values.filter { !$0.isDeleted }.map(\.value).sorted { $0.id.key < $1.id.key }
        }
    }

    package func allEndpoints() -> [Endpoint] {
        state.withLock { state in
            state.endpoints.values.filter { !$0.isDeleted }.map(\.value).sorted { $0.id.key < $1.id.key }
        }
    }

    package func deletedEndpointsWithBacklog() -> [Int64] {
        state.withLock { state in
            state.endpoints.values.filter(\.isDeleted).map(\.value.id.key)
                .filter { !state.waiting(endpoint: $0).isEmpty }.sorted()
        }
    }

    package func greatestKey() -> Int64 {
        state.withLock { state in
            [
                state.applications.keys.max(), state.endpoints.keys.max(), state.messages.keys.max(), state.attempts.keys.max(),
                state.replays.keys.max(), state.tasks.keys.max(), state.access.tokens.keys.max(),
                state.access.integrations.keys.max(),
            ].compactMap(\.self).max() ?? 0
        }
    }

    package func setting(named name: String) -> String? { state.withLock { $0.settings[name] } }

    package func application(_ organization: OrganizationID, _ reference: Reference) -> Application? {
        state.withLock { $0.application(organization, reference) }
    }

    package func applications(_ organization: OrganizationID, _ page: PageRequest<Int64>) -> Page<Application> {
        page.page(of: allApplications().filter { $0.organization == organization }, key: \.id.key)
    }

    package func endpoint(application: Int64, _ reference: Reference) -> Endpoint? {
        state.withLock { $0.endpoint(application: application, reference) }
    }

    package func endpoints(application: Int64, _ page: PageRequest<Int64>) -> Page<Endpoint> {
        page.page(of: allEndpoints().filter { $0.application == application }, key: \.id.key)
    }

    package func eventType(_ organization: OrganizationID, name: String) -> EventType? {
        state.withLock { $0.eventTypes[.init(organization: organization, name: name)] }
    }

    package func eventTypes(
        _ organization: OrganizationID, includeArchived: Bool, _ page: PageRequest<String>
    ) -> Page<EventType> {
        let eventTypes = state.withLock { state in
            state.eventTypes.values.filter { $0.organization == organization && (includeArchived || !$0.archived) }
        }
        return page.page(of: eventTypes, key: \.name)
    }

    package func existingEventTypes(_ organization: OrganizationID, among names: [String]) -> Set<String> {
        Set(names.filter { eventType(organization, name: $0)?.archived == false })
    }

    package func message(application: Int64, _ reference: Reference) -> Message? {
        state.withLock { $0.message(application: application, reference) }
    }

    package func messages(
        application: Int64, _ filter: MessageFilter, _ page: PageRequest<Int64>
    ) -> Page<Message> {
        let keys = KeyRange(after: filter.after, before: filter.before)
        let messages = state.withLock { state in
            state.messages.values.filter { message in
                message.application == application && keys.contains(message.id.key) && filter.isInSource(message)
            }
        }
        let scanned = page.scanned(
            messages, key: \.id.key, passes: filter.sourceIsExact ? nil : { filter.passes($0) })
        var fetched: [Message] = []
        var size = MessagePageSize()
        for message in scanned.rows {
            fetched.append(message)
            if size.isFull(with: message) { break }
        }
        return size.page(fetched, page, lookedUpTo: scanned.horizon)
    }

    package func messageIDs(_ keys: Set<Int64>) -> [Int64: MessageID] {
        state.withLock { $0.messages.filter { keys.contains($0.key) }.mapValues(\.id) }
    }

    package func endpointIDs(_ keys: Set<Int64>) -> [Int64: EndpointID] {
        state.withLock { $0.endpoints.filter { keys.contains($0.key) }.mapValues(\.value.id) }
    }

    package func delivery(_ key: DeliveryKey) -> DeliveryStateMachine? { state.withLock { $0.deliveries[key]?.machine } }

    package func deliveries(ofMessage message: Int64) -> [StoredDelivery] {
        state.withLock { $0.deliveries(ofMessage: message) }
    }

    package func attempt(message: Int64, _ reference: Reference) -> AttemptRecord? {
        guard case .id(let key, let text) = reference else { return nil }
        let attempt = state.withLock { $0.attempts[key] }
        return attempt.flatMap { $0.delivery.message == message && $0.id.description == text ? $0 : nil }
    }

    package func attempts(_ filter: AttemptFilter, _ page: PageRequest<Int64>) -> Page<AttemptRecord> {
        guard filter.canMatch else { return Page(items: [], hasMore: false) }
        let (attempts, messages) = state.withLock { state in
            (state.attempts.values.filter { filter.isInSource($0) }, state.messages)
        }
        let scanned = page.scanned(
            attempts, key: \.id.key,
            passes: filter.isNone ? nil : { filter.passes($0, of: messages[$0.delivery.message]) })
        return page.page(fromFetched: scanned.rows, lookedUpTo: scanned.horizon)
    }

    package func rememberedResponse(_ key: IdempotencyKey, since: Instant) -> RememberedResponse {
        guard let former = state.withLock({ $0.fresh(key.scope, since: since) }) else { return .none }
        guard former.request == key.request, case .response(let response) = former.answer else { return .mismatch }
        return .response(response)
    }
}
