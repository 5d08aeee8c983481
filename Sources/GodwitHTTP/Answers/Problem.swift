import GodwitCore
import GodwitStore
import HTTPTypes

/// A refusal, in the two forms that the API has: `{"code", "detail"}`, and a list of fields for 422.
struct Problem: Error, Hashable, Sendable {
    enum Content: Hashable, Sendable {
        case standard(code: String, detail: String)
        case fields([FieldError])
    }

    let status: HTTPResponse.Status
    let content: Content
    var headers: HTTPFields = [:]

    init(_ status: HTTPResponse.Status, _ code: String, _ detail: String, headers: HTTPFields = [:]) {
        self.status = status
        self.content = .standard(code: code, detail: detail)
        self.headers = headers
    }

    init(_ errors: [FieldError]) {
        status = .unprocessableContent
        content = .fields(errors)
    }

    init(_ location: [String], _ message: String, type: String = FieldError.invalid) {
        self.init([FieldError(location, message, type: type)])
    }
}

extension Problem {
    static let unauthenticated = unauthenticated("Invalid token")
    static func unauthenticated(_ detail: String) -> Problem {
        Problem(.unauthorized, "authentication_failed", detail, headers: [.wwwAuthenticate: "Bearer"])
    }
    static func badToken(_ detail: String) -> Problem { Problem(.badRequest, "bad token", detail) }
    static let insufficientAccess = Problem(
        .forbidden, "insufficient access", "Insufficient access for the given operation.")
    static let notFound = notFound("Entity not found")
    static func notFound(_ detail: String) -> Problem { Problem(.notFound, "not_found", detail) }
    static func conflict(_ detail: String = "A conflict has occurred") -> Problem { Problem(.conflict, "conflict", detail) }
    static let bodyTooLarge = Problem(
        .contentTooLarge, "payload_too_large", "The request's body is larger than \(Limits.requestBodyBytes) bytes.")
    static let malformedRequest = Problem(.badRequest, "bad_request", "The request is not valid HTTP.")
    static let requestTimeout = Problem(
        .requestTimeout, "request_timeout", "The request did not arrive within \(Limits.requestReadSeconds) seconds.")
    static let idempotencyMismatch = Problem(
        ["header", "idempotency-key"], "This idempotency key was used before, for a request with another body.",
        type: "idempotency_mismatch")
    static let overloaded = Problem(
        .tooManyRequests, "overloaded", "Too many messages wait to be stored. Nothing of this request was; send it again.",
        headers: [.retryAfter: "1"])

    static func rateLimited(retryAfterSeconds: Int64) -> Problem {
        Problem(
            .tooManyRequests, "rate_limited", "Too many requests. Nothing of this one was done; send it again later.",
            headers: [.retryAfter: String(retryAfterSeconds)])
    }
    static let tooManyWaiters = Problem(
        .tooManyRequests, "too_many_waiters", "Too many requests wait for an item already.", headers: [.retryAfter: "1"])
    static func limitReached(_ detail: String) -> Problem { Problem(.badRequest, "limit_reached", detail) }

    static func methodNotAllowed(_ allowed: Set<HTTPRequest.Method>) -> Problem {
        Problem(
            .methodNotAllowed, "method_not_allowed", "This path does not have that method.",
            headers: [.allow: allowed.map(\.rawValue).sorted().joined(separator: ", ")])
    }
}

extension Problem {
    /// The one place where a store's refusal becomes a status. 503 promises that nothing was stored, so clients may repeat.
    init(_ error: StoreError) {
        switch error.code {
        case .conflict: self = .conflict()
        case .notFound: self = .notFound
        case .full: self = Problem(.serviceUnavailable, "storage_full", "The store is full.", headers: [.retryAfter: "5"])
        case .unavailable:
            self = Problem(
                .serviceUnavailable, "unavailable", "The store can't be used right now.", headers: [.retryAfter: "1"])
        case .unusable: self = .serverError
        }
    }

    init(_ error: ValidationError) { self.init(error.errors) }

    /// nil for an error that no handler should let through.
    init?(any error: any Error) {
        switch error {
        case let problem as Problem: self = problem
        case let error as ValidationError: self.init(error)
        case let error as StoreError: self.init(error)
        default: return nil
        }
    }

    static let serverError = Problem(.internalServerError, "server_error", "The server failed. Its log says more.")
}

extension Problem: JSONWritable {
    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            switch content {
            case .standard(let code, let detail):
                writer.field("code", code)
                writer.field("detail", detail)
            case .fields(let errors):
                writer.array("detail") { writer in
                    for error in errors { error.write(to: &writer) }
                }
            }
        }
    }
}

extension FieldError: JSONWritable {
    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.field("loc", location)
            writer.field("msg", message)
            writer.field("type", type)
        }
    }
}
