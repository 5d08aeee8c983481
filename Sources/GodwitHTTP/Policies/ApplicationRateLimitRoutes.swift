import GodwitCore
import GodwitEngine
import GodwitStore
import HTTPTypes

/// What all endpoints of an application together may be sent.
struct ApplicationRateLimitRoutes {
    private static let path = "/app/{app_id}/rate-limit"

    var routes: [Route] {
        [
            Route(.get, Self.path, .application) { Answer(.ok, try $0.application().application.rateLimit) },
            Route(.put, Self.path, .organization, put),
        ]
    }

    private func put(_ request: APIRequest) async throws -> Answer {
        let limit = try request.readBody { RateLimit(&$0) }
        let now = request.now
        let reference = try request.reference("app_id", ApplicationKind.self)
        let command = CatalogCommand.changeApplication(request.organization, reference) { application in
            application.rateLimit = limit
            application.updatedAt = now
        }
        guard case .application(let changed) = try await request.change(command) else { throw Problem.serverError }
        return Answer(.ok, changed.rateLimit)
    }
}
