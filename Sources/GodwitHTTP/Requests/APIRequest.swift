import GodwitCore
import GodwitEngine
import GodwitStore
import HTTPTypes
import Hummingbird

/// A request that was authenticated, as an operation sees it.
struct APIRequest: Sendable {
    let service: APIService
    let caller: Caller
    let target: RequestTarget
    /// By the names that the route has for them.
    let parameters: [Substring: Substring]
    let body: [UInt8]
    /// The `Host` header.
    let authority: String?
    let now: Instant
    var scope = Scope.path
    var headers: HTTPFields = [:]

    /// Whose endpoints the operation is about.
    enum Scope: Sendable {
        /// Those of the application in the path.
        case path
        /// The organization's own, which are told of its deliveries.
        case operational(CatalogueApplication)
    }

    var engine: DeliveryEngine { service.engine }
    var organization: OrganizationID { caller.organization }

    func parameter(_ name: String) -> String { parameters[name[...]].map(String.init) ?? "" }

    /// The application in the path, or the one in the scope.
    func application() throws(Problem) -> CatalogueApplication {
        switch scope {
        case .path: try engine.catalogue.application(for: caller, parameter("app_id"))
        case .operational(let application): application
        }
    }

    func reference<Kind: Identified>(_ name: String, _ kind: Kind.Type) throws(Problem) -> Reference {
        guard let reference = Reference(parameter(name), kind) else { throw .notFound }
        return reference
    }

    /// Of something that is made if it isn't there: then what can name nothing is a mistake, and not just not found.
    func reference<Kind: Identified>(toPut name: String, _ kind: Kind.Type) throws(Problem) -> Reference {
        let text = parameter(name)
        guard let reference = Reference(text, kind) else {
            throw Problem(["path", name], NameRule.complaint(text) ?? NameRule.looksLikeIdentifier)
        }
        return reference
    }

    func readBody<Result>(_ make: (inout JSONReader) -> Result) throws(ValidationError) -> Result {
        try JSONReader.read(body, make)
    }

    /// As `readBody`, where no body at all means no fields.
    func readOptionalBody<Result>(_ make: (inout JSONReader) -> Result) throws(ValidationError) -> Result {
        try JSONReader.read(body.isEmpty ? Array("{}".utf8) : body, make)
    }

    func readQuery<Result>(_ make: (inout QueryReader) -> Result) throws(ValidationError) -> Result {
        try QueryReader.read(target.query, make)
    }

    /// - Parameter conflict: what to say when a name is taken.
    func change(_ command: CatalogCommand, conflict: Problem = .conflict()) async throws -> CatalogResult {
        do {
            return try await engine.change(command)
        } catch let error where error.code == .conflict {
            throw conflict
        }
    }
}

extension Reference {
    /// nil for a text that can name nothing.
    init?<Kind: Identified>(_ text: String, _ kind: Kind.Type) {
        if let identifier = Identifier<Kind>(text) {
            self = .id(key: identifier.key, text: text)
        } else if Name.isValid(text), !text.hasPrefix(kind.prefix.description) {
            self = .uid(text)
        } else {
            return nil
        }
    }

    /// The caller's own name in it.
    var uid: String? {
        if case .uid(let uid) = self { uid } else { nil }
    }
}
