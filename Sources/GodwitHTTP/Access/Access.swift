import GodwitCore
import GodwitEngine
import GodwitStore
import HTTPTypes

/// Who may call an operation.
enum Access: Hashable, Sendable {
    /// A token of the organization.
    case organization
    /// A token of the organization, or one of the application in the path that has the capability.
    case application
    /// Any token; the operation only reads.
    case anyone
    /// Any token; the operation is about the token itself.
    case holder

    /// - Parameter path: as the route's table writes it.
    func check(_ caller: Caller, method: HTTPRequest.Method, path: String = "") throws(Problem) {
        guard self != .holder else { return }
        let writes = method != .get && method != .head
        if caller.readOnly, writes { throw .insufficientAccess }
        guard caller.application != nil else { return }
        if self == .organization { throw .insufficientAccess }
        guard Capability.needed(for: path, writes: writes).isGranted(by: caller.capabilities) else { throw .insufficientAccess }
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
