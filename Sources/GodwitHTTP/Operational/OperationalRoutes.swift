import GodwitCore
import GodwitEngine
import GodwitStore
import HTTPTypes

/// The endpoints that are told of an organization's own deliveries (`OperationalEventType`). They are endpoints like all others,
/// of an application that only this path leads to.
struct OperationalRoutes {
    private static let path = "/operational-webhook/endpoint"
    private static let one = path + "/{endpoint_id}"

    var routes: [Route] {
        let (endpoints, secrets, headers) = (EndpointRoutes(), EndpointSecretRoutes(), EndpointHeaderRoutes())
        return [
            Route(.get, Self.path, endpoints.list),
            Route(.post, Self.path, endpoints.create),
            Route(.get, Self.one, endpoints.get),
            Route(.put, Self.one, endpoints.put),
            Route(.delete, Self.one, endpoints.delete),
            Route(.get, Self.one + "/headers", headers.get),
            Route(.put, Self.one + "/headers", headers.put),
            Route(.get, Self.one + "/secret", secrets.get),
            Route(.post, Self.one + "/secret/rotate", remembers: false, secrets.rotate),
        ]
    }
}

extension Route {
    /// An operation on endpoints, done to the organization's operational ones.
    fileprivate init(
        _ method: HTTPRequest.Method, _ path: String, remembers: Bool = true,
        _ body: @escaping @Sendable (APIRequest) async throws -> Answer
    ) {
        self.init(method, path, .organization, remembers: remembers) { request in
            var request = request
            request.scope = .operational(try await request.operationalApplication())
            return try await body(request)
        }
    }
}

extension APIRequest {
    /// The application whose endpoints they are; made when it is first asked for, whoever asks.
    fileprivate func operationalApplication() async throws -> CatalogueApplication {
        let (owner, uid) = (organization.operational, organization.rawValue)
        if let found = engine.catalogue.application(owner, uid) { return found }
        let application = Application(
            id: engine.makeIdentifier(ApplicationKind.self), organization: owner, uid: uid, name: "Operational webhooks",
            createdAt: now, updatedAt: now)
        do {
            _ = try await engine.change(.insertApplication(application))
        } catch let error where error.code == .conflict {
            // Another request has just made it.
        }
        guard let made = engine.catalogue.application(owner, uid) else { throw Problem.serverError }
        return made
    }
}
