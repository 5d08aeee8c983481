import GodwitCore
import GodwitEngine
import GodwitStore

/// What the operations on an endpoint share.
extension APIRequest {
    /// The endpoint in the path.
    func endpoint(_ parameter: String = "endpoint_id") async throws -> Endpoint {
        let reference = try reference(parameter, EndpointKind.self)
        guard let endpoint = try await findEndpoint(try application().application, reference) else { throw Problem.notFound }
        return endpoint
    }

    func findEndpoint(_ application: Application, _ reference: Reference) async throws(StoreError) -> Endpoint? {
        let key = application.id.key
        return try await engine.read { store throws(StoreError) in try store.endpoint(application: key, reference) }
    }

    /// - Returns: the endpoint as it is now.
    func changeEndpoint(
        _ application: Application, _ reference: Reference, conflict: Problem = .conflict(),
        _ edit: @escaping @Sendable (inout Endpoint) -> Void
    ) async throws -> Endpoint {
        let now = now
        let command = CatalogCommand.changeEndpoint(application: application.id.key, reference) { endpoint in
            edit(&endpoint)
            endpoint.updatedAt = now
        }
        guard case .endpoint(let changed) = try await change(command, conflict: conflict) else { throw Problem.serverError }
        return changed
    }

    /// A filter for a type that doesn't exist would silently keep everything away.
    func checkEventTypesExist(_ names: [String]?) async throws {
        guard let names else { return }
        let existing = try await existingEventTypes(among: names)
        let missing = names.filter { !existing.contains($0) }
        guard missing.isEmpty else {
            throw Problem(
                ["body", "eventTypes"], "The following event types don't exist: \(missing.joined(separator: ", "))")
        }
    }

    private func existingEventTypes(among names: [String]) async throws(StoreError) -> Set<String> {
        switch scope {
        case .operational: return Set(OperationalEventType.allCases.map(\.rawValue))
        case .path:
            let organization = organization
            return try await engine.read { store throws(StoreError) in
                try store.existingEventTypes(organization, among: names)
            }
        }
    }
}
