import GodwitCore
import GodwitEngine
import GodwitStore
import HTTPTypes

/// Services that look after an application's endpoints with a key of their own.
struct IntegrationRoutes {
    private static let path = "/app/{app_id}/integration"
    private static let one = path + "/{integ_id}"

    var routes: [Route] {
        [
            Route(.get, Self.path, .organization, list),
            Route(.post, Self.path, .organization, create),
            Route(.get, Self.one, .organization) { Answer(.ok, IntegrationOut(try await find($0))) },
            Route(.put, Self.one, .organization, put),
            Route(.delete, Self.one, .organization, delete),
            // Its answer is a secret, which isn't stored. Repeated, it rotates again.
            Route(.post, Self.one + "/key/rotate", .organization, remembers: false, rotate),
        ]
    }

    private func list(_ request: APIRequest) async throws -> Answer {
        let application = try request.application().application.id.key
        let page = try request.readQuery { $0.page(order: PageRequest<Int64>.Order.ascending) { IntegrationID($0)?.key } }
        let found = try await request.engine.read { store throws(StoreError) in
            try store.integrations(application: application, page)
        }
        return Answer(.ok, ListAnswer(found, iterator: \.id.description, row: IntegrationOut.init))
    }

    private func create(_ request: APIRequest) async throws -> Answer {
        let application = try request.application().application.id.key
        let input = try request.readBody(IntegrationIn.init)
        let integration = Integration(
            id: request.engine.makeIdentifier(IntegrationKind.self), application: application, name: input.name,
            featureFlags: input.featureFlags.value ?? [], createdAt: request.now, updatedAt: request.now)
        _ = try await request.change(
            .token(.insertIntegration(integration)),
            conflict: .limitReached("An application has at most \(Limits.integrations) integrations."))
        return Answer(.created, IntegrationOut(integration))
    }

    private func put(_ request: APIRequest) async throws -> Answer {
        let input = try request.readBody(IntegrationIn.init)
        return Answer(
            .ok,
            IntegrationOut(
                try await change(request) { integration in
                    integration.name = input.name
                    integration.featureFlags = input.featureFlags.value ?? []
                }))
    }

    /// Its key ends with it.
    private func delete(_ request: APIRequest) async throws -> Answer {
        let application = try request.application().application.id.key
        _ = try await request.change(
            .token(
                .deleteIntegration(application: application, try request.reference("integ_id", IntegrationKind.self))))
        return .noContent
    }

    /// The former key ends at once.
    private func rotate(_ request: APIRequest) async throws -> Answer {
        let application = try request.application().application.id
        let integration = try await find(request)
        let signer = request.service.tokens.signer
        let issuedAt = request.engine.access.issueTime(
            request.organization, application: nil, session: nil, at: request.engine.now)
        let token = Token(
            id: request.engine.makeIdentifier(TokenKind.self), organization: request.organization, application: application,
            featureFlags: integration.featureFlags, signingKey: signer.currentKey, createdAt: issuedAt,
            expiresAt: (issuedAt + TokenSigner.lifetimeDefault).wholeSecond)
        _ = try await change(request) { $0.token = token.id.description }
        return Answer(.ok, IntegrationKeyOut(key: try await signer.sign(token, integration: integration.id)))
    }

    private func find(_ request: APIRequest) async throws -> Integration {
        let application = try request.application().application.id.key
        let reference = try request.reference("integ_id", IntegrationKind.self)
        let found = try await request.engine.read { store throws(StoreError) in
            try store.integration(application: application, reference)
        }
        guard let found else { throw Problem.notFound }
        return found
    }

    private func change(
        _ request: APIRequest, _ edit: @escaping @Sendable (inout Integration) -> Void
    ) async throws -> Integration {
        let application = try request.application().application.id.key
        let now = request.now
        let command = TokenCommand.changeIntegration(
            application: application, try request.reference("integ_id", IntegrationKind.self)
        ) { integration in
            edit(&integration)
            integration.updatedAt = now
        }
        guard case .token(.integration(let changed)) = try await request.change(.token(command)) else {
            throw Problem.serverError
        }
        return changed
    }
}

private struct IntegrationIn: Sendable {
    let name: String
    let featureFlags: Field<[String]>

    init(_ reader: inout JSONReader) {
        name = reader.required(
            "name",
            .text(atMost: Limits.displayNameBytes).checked { $0.isEmpty ? "expected at least one character" : nil })
        featureFlags = reader.set("featureFlags", of: .name, atMost: Limits.featureFlags)
    }
}

private struct IntegrationOut: JSONWritable {
    let integration: Integration

    init(_ integration: Integration) { self.integration = integration }

    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.field("id", integration.id)
            writer.field("name", integration.name)
            // Clients take a list of flags to have at least one.
            writer.field("featureFlags", ifPresent: integration.featureFlags.isEmpty ? nil : integration.featureFlags)
            writer.field("createdAt", integration.createdAt)
            writer.field("updatedAt", integration.updatedAt)
        }
    }
}

private struct IntegrationKeyOut: JSONWritable {
    let key: String

    func write(to writer: inout JSONWriter) { writer.object { $0.field("key", key) } }
}
