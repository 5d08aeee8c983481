import GodwitCore
import HTTPTypes

/// One operation of the API.
struct Route: Sendable {
    enum Action: Sendable {
        /// Needs no token.
        case open(@Sendable () -> Answer)
        case call(Access, remembers: Bool, @Sendable (APIRequest) async throws -> Answer)
        /// Answered before a request gets here, by `PublishLane`.
        case lane
    }

    static let base = "/api/v1"

    let method: HTTPRequest.Method
    /// Under `base`, with parameters in braces, as openapi.yaml writes it.
    let path: String
    let action: Action

    /// - Parameter remembers: whether the answer to an idempotency key is stored, to be given again. Not for secrets.
    init(
        _ method: HTTPRequest.Method, _ path: String, _ access: Access, remembers: Bool = true,
        _ body: @escaping @Sendable (APIRequest) async throws -> Answer
    ) {
        self.init(method, path, .call(access, remembers: remembers, body))
    }

    /// - Parameter base: what comes before the path; nothing for pages.
    init(_ method: HTTPRequest.Method, _ path: String, base: String = Route.base, _ action: Action) {
        self.method = method
        self.path = base + path
        self.action = action
    }

    func matches(_ target: RequestTarget) -> Bool {
        let pattern = path.split(separator: "/")
        return pattern.count == target.segments.count
            && zip(pattern, target.segments).allSatisfy { $0 == $1 || $0.first == "{" }
    }

    /// What can be got can be asked for without its content (RFC 9110 §9.1).
    func answers(_ method: HTTPRequest.Method) -> Bool { method == self.method || method == .head && self.method == .get }

    /// Of a target that matches, what stands in the place of each name in braces.
    func parameters(in target: RequestTarget) -> [Substring: Substring] {
        var found: [Substring: Substring] = [:]
        for (name, value) in zip(path.split(separator: "/"), target.segments) where name.first == "{" {
            found[name.dropFirst().dropLast()] = value
        }
        return found
    }

    /// How many segments of the path are no parameters: of routes that match, the one with the most is meant.
    var literalSegments: Int { path.split(separator: "/").count { $0.first != "{" } }
}
