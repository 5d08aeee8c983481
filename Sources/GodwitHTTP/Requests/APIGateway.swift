import GodwitCore
import GodwitEngine
import GodwitStore
import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// What happens to every request around its operation: authentication, access, the body's bound, idempotency, and errors.
struct APIGateway: Sendable {
    let service: APIService
    let idempotency: IdempotencyGate

    init(service: APIService) {
        self.service = service
        idempotency = IdempotencyGate(engine: service.engine, logger: service.logger)
    }

    func answer(_ request: Request, _ route: Route) async -> Answer {
        do {
            switch route.action {
            case .open(let body): return body()
            case .call(let access, let remembers, let body):
                return try await call(request, route, access, remembers: remembers, body)
            case .lane: throw Problem.notFound
            }
        } catch {
            return answer(to: error)
        }
    }

    /// For what the router doesn't find: a path that isn't in the table, one without this method, and names that are also those of
    /// operations, for which it doesn't look further: `PUT /event-type/import`.
    func noRoute(_ request: Request, among routes: [Route]) async -> Answer {
        let target = RequestTarget(request.head.path ?? "")
        let matching = routes.filter { $0.matches(target) }
        let most = matching.map(\.literalSegments).max()
        let answering = matching.filter { $0.answers(request.method) }.max { $0.literalSegments < $1.literalSegments }
        if let answering {
            let answer = await answer(request, answering)
            // Of a name that is an operation's and nothing else's, it is the method that is wrong.
            if answer.status != .notFound || answering.literalSegments == most { return answer }
        }
        if let matter = OutOfScope.matter(of: target) {
            do {
                // As for everything that needs a token: strangers aren't told what is here and what isn't.
                _ = try await authenticate(request, at: service.engine.now)
                return Answer(.notFound("This server doesn't do \(matter): that is out of its scope."))
            } catch {
                return Answer(error)
            }
        }
        let methods = Set(
            matching.filter { $0.literalSegments == most }.flatMap { $0.method == .get ? [.get, .head] : [$0.method] })
        return Answer(methods.isEmpty ? .notFound("There is nothing at this path.") : .methodNotAllowed(methods))
    }

    private func call(
        _ request: Request, _ route: Route, _ access: Access, remembers: Bool,
        _ body: @escaping @Sendable (APIRequest) async throws -> Answer
    ) async throws -> Answer {
        let now = service.engine.now
        let caller = try await authenticate(request, at: now)
        try access.check(caller, method: request.method, path: route.path)
        let target = RequestTarget(request.head.path ?? "")
        let call = APIRequest(
            service: service, caller: caller, target: target, parameters: route.parameters(in: target),
            body: try await collectBody(request), authority: request.head.authority, now: now,
            headers: request.headers)
        guard request.method == .post, remembers, let key = try IdempotencyFields.key(request.headers) else {
            return try await body(call)
        }
        let fingerprints = IdempotencyKey(key, caller: caller, operation: call.target.path, body: call.body)
        return try await idempotency.answer(fingerprints, at: now) { try await body(call) }
    }

    private func authenticate(_ request: Request, at now: Instant) async throws(Problem) -> Caller {
        let caller = try await service.tokens.caller(try TokenVerifier.bearerToken(request.headers), at: now)
        try service.admit(caller)
        // What is left of an application that is gone must not read what its organization shows to all.
        if let application = caller.application, service.engine.catalogue.application(application.key) == nil {
            throw .unauthenticated
        }
        return caller
    }

    private func collectBody(_ request: Request) async throws -> [UInt8] {
        switch request.method {
        case .get, .head, .delete: return []
        default: break
        }
        do {
            return Array(buffer: try await request.body.collect(upTo: Limits.requestBodyBytes))
        } catch is NIOTooManyBytesError {
            throw Problem.bodyTooLarge
        }
    }

    private func answer(to error: any Error) -> Answer {
        if let problem = Problem(any: error) {
            if problem.status.kind == .serverError {
                service.logger.error("request failed", metadata: ["error": "\(error)"])
            }
            return Answer(problem)
        }
        service.logger.error("request failed unexpectedly", metadata: ["error.type": "\(type(of: error))"])
        return Answer(.serverError)
    }
}
