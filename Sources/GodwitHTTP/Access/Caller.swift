import GodwitCore
import GodwitEngine

/// Whom a bearer token speaks for, and what it may do.
struct Caller: Hashable, Sendable {
    let organization: OrganizationID
    /// Set when the token is for this application only.
    let application: ApplicationID?
    let readOnly: Bool
    /// What it may do in its application; a token of the organization may do everything.
    let capabilities: Set<Capability>
    /// Event types with a flag are shown to a token of one application only when it names the flag.
    var featureFlags: [String]
    /// The token itself.
    let token: TokenIdentity
}

extension Caller {
    /// For answers that take their time: the token was good when they began.
    func isStillLetIn(by engine: DeliveryEngine) -> Bool { engine.now < engine.access.end(of: token) }
}
