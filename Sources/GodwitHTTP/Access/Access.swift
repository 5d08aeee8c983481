import GodwitCore
import GodwitEngine
import GodwitStore
import HTTPTypes

/// Who may call an operation.
enum Access: Hashable, Sendable {
    /// A token of the organization.
    case organization
    /// A token of the organization, or one of the application in the path.
    case application
    /// Any token; the operation only reads.
    case anyone

    func check(_ caller: Caller, method: HTTPRequest.Method) throws(Problem) {
        if caller.application != nil, self == .organization { throw .insufficientAccess }
        if caller.readOnly, method != .get, method != .head { throw .insufficientAccess }
    }
}

extension Catalogue {
    /// - Throws: 404 for an application of somebody else too, so that nobody learns which identifiers exist.
    func application(for caller: Caller, _ reference: String) throws(Problem) -> CatalogueApplication {
        guard let found = application(caller.organization, reference) else { throw .notFound }
        if let own = caller.application, own != found.application.id { throw .notFound }
        return found
    }
}
