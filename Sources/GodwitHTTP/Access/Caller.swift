import GodwitCore

/// Whom a bearer token speaks for, and what it may do.
struct Caller: Hashable, Sendable {
    let organization: OrganizationID
    /// Set when the token is for this application only.
    let application: ApplicationID?
    let readOnly: Bool
    /// Event types with a flag are shown to a token of one application only when it names the flag.
    let featureFlags: [String]

    init(organization: OrganizationID, application: ApplicationID? = nil, readOnly: Bool = false, featureFlags: [String] = []) {
        self.organization = organization
        self.application = application
        self.readOnly = readOnly
        self.featureFlags = featureFlags
    }
}
