package import GodwitCore
import Synchronization

/// Every application and endpoint in memory, always as it was committed last: what a publish needs to know is looked up here.
package final class Catalogue: Sendable {
    private struct ReferenceKey: Hashable {
        let organization: OrganizationID
        /// Identifier or uid.
        let text: String
    }

    private struct State {
        var applications: [Int64: CatalogueApplication] = [:]
        var keys: [ReferenceKey: Int64] = [:]
        /// Endpoint to application.
        var owners: [Int64: Int64] = [:]
    }

    private let state = Mutex(State())

    package init() {}

    /// By identifier or uid.
    package func application(_ organization: OrganizationID, _ reference: String) -> CatalogueApplication? {
        state.withLock { state in
            guard let key = state.keys[ReferenceKey(organization: organization, text: reference)] else { return nil }
            return state.applications[key]
        }
    }

    package func application(_ key: Int64) -> CatalogueApplication? { state.withLock { $0.applications[key] } }

    /// An endpoint of any application.
    package func endpoint(_ key: Int64) -> CatalogueEndpoint? {
        state.withLock { state in
            guard let owner = state.owners[key] else { return nil }
            return state.applications[owner]?.endpoints.first { $0.key == key }
        }
    }

    var allKeys: (applications: Set<Int64>, endpoints: Set<Int64>) {
        state.withLock { (Set($0.applications.keys), Set($0.owners.keys)) }
    }

    func put(_ application: Application) {
        state.withLock { state in
            let key = application.id.key
            if let uid = state.applications[key]?.application.uid {
                state.keys[ReferenceKey(organization: application.organization, text: uid)] = nil
            }
            for text in [application.id.description, application.uid].compactMap(\.self) {
                state.keys[ReferenceKey(organization: application.organization, text: text)] = key
            }
            let endpoints = state.applications[key]?.endpoints ?? []
            state.applications[key] = CatalogueApplication(application: application, endpoints: endpoints)
        }
    }

    func removeApplication(_ application: Application) {
        state.withLock { state in
            guard let removed = state.applications.removeValue(forKey: application.id.key) else { return }
            for endpoint in removed.endpoints { state.owners[endpoint.key] = nil }
            for text in [removed.application.id.description, removed.application.uid].compactMap(\.self) {
                state.keys[ReferenceKey(organization: application.organization, text: text)] = nil
            }
        }
    }

    /// - Returns: the entry, which shares its overflow flag with the one that it replaces.
    @discardableResult
    func put(_ endpoint: Endpoint) -> CatalogueEndpoint {
        state.withLock { state in
            let index = state.applications[endpoint.application]?.endpoints.firstIndex { $0.key == endpoint.id.key }
            let former = index.flatMap { state.applications[endpoint.application]?.endpoints[$0] }
            let entry = CatalogueEndpoint(endpoint: endpoint, overflow: former?.overflow ?? OverflowFlag())
            state.owners[entry.key] = endpoint.application
            if let index {
                state.applications[endpoint.application]?.endpoints[index] = entry
            } else {
                state.applications[endpoint.application]?.endpoints.append(entry)
            }
            return entry
        }
    }

    func removeEndpoint(_ key: Int64) {
        state.withLock { state in
            guard let owner = state.owners.removeValue(forKey: key) else { return }
            state.applications[owner]?.endpoints.removeAll { $0.key == key }
        }
    }
}

/// An application with the endpoints that messages of it may go to.
package struct CatalogueApplication: Sendable {
    package internal(set) var application: Application
    package internal(set) var endpoints: [CatalogueEndpoint]
}

/// An endpoint as the publish path sees it.
package struct CatalogueEndpoint: Sendable {
    package let endpoint: Endpoint
    /// Set while the engine's window for this endpoint is full.
    let overflow: OverflowFlag

    package var key: Int64 { endpoint.id.key }
}

/// Tells publishers, without a lock, that fresh deliveries of an endpoint belong in the store for now. A hint: an outdated
/// answer costs one more write and nothing else.
final class OverflowFlag: Sendable {
    private let flag = Atomic(false)

    var isSet: Bool {
        get { flag.load(ordering: .relaxed) }
        set { flag.store(newValue, ordering: .relaxed) }
    }
}
