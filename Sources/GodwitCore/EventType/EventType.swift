/// A kind of event that an organization publishes, with the schemas of its payload by version.
package struct EventType: Hashable, Sendable {
    package let organization: OrganizationID
    package let name: String
    package var description: String
    /// JSON object text: version → JSON Schema; nil when none was given.
    package var schemas: String?
    package var archived: Bool
    package var deprecated: Bool
    package var featureFlag: String?
    package let createdAt: Instant
    package var updatedAt: Instant

    package init(
        organization: OrganizationID, name: String, description: String, schemas: String? = nil, archived: Bool = false,
        deprecated: Bool = false, featureFlag: String? = nil, createdAt: Instant, updatedAt: Instant
    ) {
        self.organization = organization
        self.name = name
        self.description = description
        self.schemas = schemas
        self.archived = archived
        self.deprecated = deprecated
        self.featureFlag = featureFlag
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }
}
