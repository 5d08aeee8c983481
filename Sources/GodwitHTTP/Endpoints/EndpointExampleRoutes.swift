import GodwitCore
import GodwitEngine
import GodwitStore
import HTTPTypes

/// Sends an example of an event type to one endpoint, to try it.
struct EndpointExampleRoutes {
    private static let noExample = Problem(
        .badRequest, "invalid_scheme", "Unable to generate example message from event-type schema")
    /// Known to every organization.
    private static let ping = "svix.ping"

    var routes: [Route] {
        [Route(.post, EndpointRoutes.path + "/send-example", .application, send)]
    }

    private func send(_ request: APIRequest) async throws -> Answer {
        let application = try request.application()
        let endpoint = try await request.endpoint()
        let (type, index) = try request.readBody { reader in
            (
                reader.required("eventType", .name),
                reader.optional("exampleIndex", .int(in: 0...Limits.requestItems)) ?? 0
            )
        }
        let payload = try await example(request, of: type, at: index)
        guard !endpoint.disabled else {
            throw Problem(.badRequest, "endpoint_disabled", "The endpoint is disabled: nothing is sent to it.")
        }
        let outcome = await request.engine.publish(
            PublishRequest(
                application: application, eventType: type, eventID: nil, channels: [], tags: [], payload: payload,
                payloadRetention: request.service.payloadRetention, idempotency: nil, onlyEndpoint: endpoint.id.key))
        switch outcome {
        case .accepted(let message): return Answer(.accepted, MessageOut(message: message, withContent: true))
        case .overloaded: throw Problem.overloaded
        case .failed(let error): throw error
        // Neither an event id nor an idempotency key was given.
        case .repeated, .idempotencyMismatch, .duplicateEventID: throw Problem.serverError
        }
    }

    /// One of the `examples` of the schema: of version 1, or of whichever version is written first.
    private func example(_ request: APIRequest, of type: String, at index: Int) async throws -> [UInt8] {
        if type == Self.ping { return Array(#"{"success":true}"#.utf8) }
        let organization = request.organization
        let found = try await request.engine.read { store throws(StoreError) in
            try store.eventType(organization, name: type)
        }
        guard let found, found.isVisible(to: request.caller) else { throw Problem.notFound }
        guard let schemas = found.schemas, case .object(let versions)? = try? JSONValue.parse(Array(schemas.utf8)),
            let schema = versions.last(where: { $0.name == "1" }) ?? versions.first,
            case .array(let examples)? = schema.value["examples"], examples.indices.contains(index),
            examples[index].kind == .object
        else { throw Self.noExample }
        return JSONWriter.write(examples[index])
    }
}
