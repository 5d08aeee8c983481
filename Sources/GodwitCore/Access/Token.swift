package enum TokenKind: Identified { package static let prefix: StaticString = "tok_" }
package enum IntegrationKind: Identified { package static let prefix: StaticString = "integ_" }
package typealias TokenID = Identifier<TokenKind>
package typealias IntegrationID = Identifier<IntegrationKind>

/// A bearer token that we made and wrote down. Its text isn't kept: who has lost it makes another.
package struct Token: Hashable, Sendable {
    package enum Purpose: String, Hashable, Sendable, CaseIterable {
        /// Made by an operator, with the command or the API.
        case api
        /// Of somebody who looks at the pages of one application.
        case portal
    }

    package let id: TokenID
    package let organization: OrganizationID
    /// nil: of the whole organization.
    package let application: ApplicationID?
    package let name: String
    package let purpose: Purpose
    package let readOnly: Bool
    /// nil: all.
    package let capabilities: [Capability]?
    package let featureFlags: [String]
    package let session: String?
    /// `SigningKey.id`
    package let signingKey: String
    package let createdAt: Instant
    package let expiresAt: Instant

    package init(
        id: TokenID, organization: OrganizationID, application: ApplicationID? = nil, name: String = "",
        purpose: Purpose = .api,
        readOnly: Bool = false, capabilities: [Capability]? = nil, featureFlags: [String] = [], session: String? = nil,
        signingKey: String, createdAt: Instant, expiresAt: Instant
    ) {
        self.id = id
        self.organization = organization
        self.application = application
        self.name = name
        self.purpose = purpose
        self.readOnly = readOnly
        self.capabilities = capabilities
        self.featureFlags = featureFlags
        self.session = session
        self.signingKey = signingKey
        self.createdAt = createdAt
        self.expiresAt = expiresAt
    }

    package var identity: TokenIdentity {
        TokenIdentity(
            organization: organization, application: application?.key, id: id.description, issuedAt: createdAt,
            expiresAt: expiresAt, session: session, signingKey: signingKey)
    }
}

/// What says of a token whether it is still good. Every token has one, also those that nobody wrote down.
package struct TokenIdentity: Hashable, Sendable {
    package let organization: OrganizationID
    /// `ApplicationID.key` of a token for one application.
    package let application: Int64?
    /// `TokenID`, or a name made of the token's text when it has none.
    package let id: String
    /// `.distantPast` when the token doesn't say: whatever ends former tokens ends it too.
    package let issuedAt: Instant
    package let expiresAt: Instant
    package let session: String?
    package let signingKey: String
    /// `IntegrationID.key`, when it is an integration's key.
    package let integration: Int64?

    package init(
        organization: OrganizationID, application: Int64? = nil, id: String, issuedAt: Instant, expiresAt: Instant,
        session: String? = nil, signingKey: String, integration: Int64? = nil
    ) {
        self.organization = organization
        self.application = application
        self.id = id
        self.issuedAt = issuedAt
        self.expiresAt = expiresAt
        self.session = session
        self.signingKey = signingKey
        self.integration = integration
    }
}
