import GodwitCore
import GodwitEngine
import GodwitSignature
import GodwitStore
import HTTPTypes

struct EndpointRoutes {
    private static let taken = Problem.conflict("An endpoint with that id or uid already exists")
    static let path = "/app/{app_id}/endpoint/{endpoint_id}"

    var routes: [Route] {
        [
            Route(.get, "/app/{app_id}/endpoint", .application, list),
            Route(.post, "/app/{app_id}/endpoint", .application, create),
            Route(.get, Self.path, .application, get),
            Route(.put, Self.path, .application, put),
            Route(.patch, Self.path, .application, patch),
            Route(.delete, Self.path, .application, delete),
        ]
    }

    func list(_ request: APIRequest) async throws -> Answer {
        let page = try request.readQuery { $0.page(order: .descending) { EndpointID($0)?.key } }
        let application = try request.application().application.id.key
        let found = try await request.engine.read { store throws(StoreError) in
            try store.endpoints(application: application, page)
        }
        return Answer(.ok, ListAnswer(found, iterator: \.id.description, row: EndpointOut.init))
    }

    func get(_ request: APIRequest) async throws -> Answer { Answer(.ok, EndpointOut(try await request.endpoint())) }

    func create(_ request: APIRequest) async throws -> Answer {
        let application = try request.application().application
        let input = try request.readBody { EndpointIn(&$0, policy: request.service.policy) }
        if input.mode == .pull { try request.checkMayPull() }
        return try await insert(request, application, input, uid: input.uid.value)
    }

    func put(_ request: APIRequest) async throws -> Answer {
        let application = try request.application().application
        let reference = try request.reference(toPut: "endpoint_id", EndpointKind.self)
        let input = try request.readBody { EndpointIn(&$0, policy: request.service.policy) }
        let now = request.now
        let uid = if case .absent = input.uid { reference.uid } else { input.uid.value }
        if input.mode == .pull { try request.checkMayPull() }
        var existing = try await request.findEndpoint(application, reference)
        if existing == nil {
            do {
                return try await insert(request, application, input, uid: uid)
            } catch let problem as Problem where problem == Self.taken {
                // Another request has just created it, unless another endpoint has that uid.
                existing = try await request.findEndpoint(application, reference)
                guard existing != nil else { throw problem }
            }
        }
        if let secret = input.secret, secret.wireText != existing?.secrets.first?.wireText {
            throw Problem(["body", "secret"], "An endpoint's secret is changed by POST …/secret/rotate.")
        }
        return try await change(request, application, reference, eventTypes: input.eventTypes) { endpoint in
            input.replace(&endpoint, at: now)
            endpoint.uid = uid
        }
    }

    func patch(_ request: APIRequest) async throws -> Answer {
        let application = try request.application().application
        let reference = try request.reference("endpoint_id", EndpointKind.self)
        let input = try request.readBody { EndpointPatch(&$0, policy: request.service.policy) }
        if input.mode == .pull { try request.checkMayPull() }
        if input.mode == .push, input.url == nil {
            let existing = try await request.endpoint()
            guard existing.url != EndpointOut.urlOfPull else { throw Problem(["body", "url"], "Field required") }
        }
        let now = request.now
        return try await change(request, application, reference, eventTypes: input.eventTypes.value) { endpoint in
            input.apply(to: &endpoint, at: now)
        }
    }

    func delete(_ request: APIRequest) async throws -> Answer {
        let application = try request.application().application.id.key
        let reference = try request.reference("endpoint_id", EndpointKind.self)
        try await request.engine.deleteEndpoint(application: application, reference)
        return .noContent
    }

    private func insert(
        _ request: APIRequest, _ application: Application, _ input: EndpointIn, uid: String?
    ) async throws -> Answer {
        try await request.checkEventTypesExist(input.eventTypes)
        let secret = try input.secret ?? SigningSecret.generate()
        var endpoint = Endpoint(
            id: request.engine.makeIdentifier(EndpointKind.self), application: application.id.key, uid: uid, url: input.url,
            secrets: [EndpointSecret(wireText: secret.wireText)], createdAt: request.now, updatedAt: request.now)
        input.replace(&endpoint, at: request.now)
        _ = try await request.change(.insertEndpoint(endpoint), conflict: Self.taken)
        return Answer(.created, EndpointOut(endpoint))
    }

    private func change(
        _ request: APIRequest, _ application: Application, _ reference: Reference, eventTypes: [String]?,
        _ edit: @escaping @Sendable (inout Endpoint) -> Void
    ) async throws -> Answer {
        try await request.checkEventTypesExist(eventTypes)
        return Answer(
            .ok, EndpointOut(try await request.changeEndpoint(application, reference, conflict: Self.taken, edit)))
    }
}

extension APIRequest {
    /// The organization's own endpoints have no feed that could be read.
    fileprivate func checkMayPull() throws(Problem) {
        if case .operational = scope { throw Problem(["body", "mode"], "expected push: operational webhooks have no feed") }
    }
}
