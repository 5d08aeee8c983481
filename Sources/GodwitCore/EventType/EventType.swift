/// A kind of event that an organization publishes, with the schemas of its payload by version.
package struct EventType: Hashable, Sendable {
    package let organization: OrganizationID
    package let name: String
    package var description: String
    /// JSON object text: version → JSON Schema; nil when none was given.
    package var schemas: String?
    package var archived: Bool
    package var deprecated: Bool
    /// An application's token sees the type when it has one of them; none hides nothing.
    package var featureFlags: [String]
    /// Types of one group belong together for readers.
    package var groupName: String?
    package let createdAt: Instant
    package var updatedAt: Instant

    package init(
        organization: OrganizationID, name: String, description: String, schemas: String? = nil, archived: Bool = false,
        deprecated: Bool = false, featureFlags: [String] = [], groupName: String? = nil, createdAt: Instant, updatedAt: Instant
    ) {
        self.organization = organization
        self.name = name
        self.description = description
        self.schemas = schemas
        self.archived = archived
        self.deprecated = deprecated
        self.featureFlags = featureFlags
        self.groupName = groupName
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }
}
