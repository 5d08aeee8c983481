import GodwitCore
import HTTPTypes

/// Clients ask for an endpoint's transformation. This server runs no code of its users, and says so: there is none, and none can be set.
struct EndpointTransformationRoutes {
    private static let path = EndpointRoutes.path + "/transformation"

    var routes: [Route] {
        [
            Route(.get, Self.path, .application, get),
            Route(.patch, Self.path, .application, patch),
        ]
    }

    private func get(_ request: APIRequest) async throws -> Answer {
        _ = try await request.endpoint()
        return Answer(.ok, NoTransformation())
    }

    /// Clearing what isn't there succeeds.
    private func patch(_ request: APIRequest) async throws -> Answer {
        _ = try await request.endpoint()
        try request.readBody { reader in
            reader.refuse("code")
            let enabled = reader.field("enabled", .bool).value ?? false
            if enabled { reader.fail("enabled", "This server doesn't support transformations.") }
            if let variables = reader.field("variables", .stringMap).value, !variables.isEmpty {
                reader.fail("variables", "This server doesn't support transformations.")
            }
        }
        return .noContent
    }
}

private struct NoTransformation: JSONWritable {
    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.name("code")
            writer.null()
            writer.field("enabled", false)
        }
    }
}
