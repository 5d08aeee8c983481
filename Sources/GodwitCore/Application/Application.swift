/// A consumer of webhooks: usually one customer of the sender. Its endpoints get the messages that are published to it.
package struct Application: Hashable, Sendable {
    package let id: ApplicationID
    package let organization: OrganizationID
    /// The sender's own name for it, unique in the organization.
    package var uid: String?
    package var name: String
    package var metadata: StringMap
    /// Of all its endpoints together.
    package var rateLimit: RateLimit
    package let createdAt: Instant
    package var updatedAt: Instant

    package init(
        id: ApplicationID, organization: OrganizationID, uid: String? = nil, name: String, metadata: StringMap = .init(),
        rateLimit: RateLimit = .none, createdAt: Instant, updatedAt: Instant
    ) {
        self.id = id
        self.organization = organization
        self.uid = uid
        self.name = name
        self.metadata = metadata
        self.rateLimit = rateLimit
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }
}
