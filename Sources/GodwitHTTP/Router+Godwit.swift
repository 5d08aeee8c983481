import GodwitCore
import HTTPTypes
import Hummingbird
import NIOCore

/// Every operation of the API, in the order of its description.
enum GodwitRoutes {
    static let all: [Route] =
        Health().routes + ApplicationRoutes().routes + EventTypeRoutes().routes + EventTypeImportRoutes().routes
        + EndpointRoutes().routes
        + EndpointSecretRoutes().routes + EndpointHeaderRoutes().routes + EndpointTransformationRoutes().routes
        + EndpointExampleRoutes().routes + EnvironmentRoutes().routes + EndpointPolicyRoutes().routes + FeedRoutes().routes
        + ConsumerRoutes().routes + PollerRoutes().routes
        + ApplicationRateLimitRoutes().routes + MessageRoutes().routes + AttemptRoutes().routes + ExplainRoutes().routes
        + DeadLetterRoutes().routes + ReplayRoutes().routes + ReplayTaskRoutes().routes + DryRunRoutes().routes
        + BackgroundTaskRoutes().routes + EndpointStatisticsRoutes().routes + UsageRoutes().routes
        + OperationalRoutes().routes + AuthenticationRoutes().routes + TokenRoutes().routes + IntegrationRoutes().routes
        + DocsRoutes().routes
}

extension Router where Context == BasicRequestContext {
    /// Mounts the tables of all resources, and nothing else.
    static func godwit(_ service: APIService, _ role: NodeRole) -> Router {
        let gateway = APIGateway(service: service)
        let router = Router()
        let routes = role.serves ? GodwitRoutes.all : Health().routes
        router.add(middleware: UnknownRoute(gateway: gateway, routes: routes))
        let heads = Set(routes.filter { $0.method == .head }.map(\.path))
        for route in routes {
            // What can be got can be asked for without its content (RFC 9110 §9.1), unless that has an answer of its own.
            let methods: [HTTPRequest.Method] =
                route.method == .get && !heads.contains(route.path) ? [.get, .head] : [route.method]
            for method in methods {
                router.on(RouterPath(route.path), method: method) { request, _ in
                    await gateway.answer(request, route).response(to: request)
                }
            }
        }
        return router
    }
}

/// Hummingbird's own answers have no body; ours are JSON. What browsers ask beforehand is about every path, also those we don't have.
private struct UnknownRoute: RouterMiddleware {
    let gateway: APIGateway
    let routes: [Route]

    func handle(
        _ request: Request, context: BasicRequestContext,
        next: @concurrent (Request, BasicRequestContext) async throws -> Response
    ) async throws -> Response {
        if let preflight = CrossOrigin.preflight(request.head) { return preflight.response(to: request) }
        do {
            return try await next(request, context)
        } catch let error as HTTPError where error.status == .notFound {
            return await gateway.noRoute(request, among: routes).response(to: request)
        }
    }
}

extension Answer {
    fileprivate func response(to request: Request) -> Response {
        // After the head of an answer to HEAD the next answer begins, whatever its Content-Length says (RFC 9110 §9.3.2).
        let body = request.method == .head ? nil : body
        if let stream {
            return Response(status: status, headers: head.headerFields, body: ResponseBody(stream.write))
        }
        return Response(
            status: status, headers: head.headerFields,
            body: body.map { ResponseBody(byteBuffer: ByteBuffer(bytes: $0)) } ?? .init())
    }
}
