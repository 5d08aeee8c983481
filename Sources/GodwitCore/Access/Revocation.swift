/// That tokens end before they expire. What is revoked stays revoked: a later one can only end more, or sooner.
package struct Revocation: Hashable, Sendable {
    package enum Subject: Hashable, Sendable {
        /// One token, by `TokenIdentity.id`.
        case token(String)
        /// All that were issued up to a moment.
        case issued(upTo: Instant, RevocationScope)
    }

    package let organization: OrganizationID
    package let subject: Subject
    /// From then on.
    package let effectiveAt: Instant
    /// By then no token can be left that it ends.
    package let keptUntil: Instant

    package init(organization: OrganizationID, subject: Subject, effectiveAt: Instant, keptUntil: Instant) {
        self.organization = organization
        self.subject = subject
        self.effectiveAt = effectiveAt
        self.keptUntil = keptUntil
    }

    /// Of one token, from a moment on.
    package init(_ token: TokenIdentity, at effectiveAt: Instant) {
        self.init(
            organization: token.organization, subject: .token(token.id), effectiveAt: effectiveAt, keptUntil: token.expiresAt)
    }
}

/// Which tokens of an organization are meant.
package struct RevocationScope: Hashable, Sendable {
    /// nil: of the organization, its applications included.
    package let application: Int64?
    /// Only with an application.
    package let session: String?

    package init(application: Int64? = nil, session: String? = nil) {
        self.application = application
        self.session = session
    }
}

/// Of one scope: tokens issued up to a moment end at another.
package struct RevocationCutoff: Hashable, Sendable {
    package let upTo: Instant
    package let effectiveAt: Instant

    package init(upTo: Instant, effectiveAt: Instant) {
        self.upTo = upTo
        self.effectiveAt = effectiveAt
    }

    /// Whether `other` changes nothing beside this one, from now on.
    package func covers(_ other: RevocationCutoff, at now: Instant) -> Bool {
        other.upTo <= upTo && (effectiveAt <= other.effectiveAt || effectiveAt <= now)
    }
}

/// A key that signs tokens, or did.
package struct SigningKey: Hashable, Sendable {
    /// What tokens name in their header as `kid`.
    package let id: String
    /// nil for the key of the configuration, of which only the retirement is written down.
    package let secret: String?
    package let createdAt: Instant
    /// From then on its tokens are refused. nil: not known yet.
    package var retiresAt: Instant?

    package init(id: String, secret: String?, createdAt: Instant, retiresAt: Instant? = nil) {
        self.id = id
        self.secret = secret
        self.createdAt = createdAt
        self.retiresAt = retiresAt
    }
}

/// A service that manages an application's endpoints with a key of its own, which is an application's token.
package struct Integration: Hashable, Sendable {
    package let id: IntegrationID
    /// `ApplicationID.key`
    package let application: Int64
    package var name: String
    package var featureFlags: [String]
    /// `TokenIdentity.id` of the one key that is good; nil until the first is made.
    package var token: String?
    package let createdAt: Instant
    package var updatedAt: Instant

    package init(
        id: IntegrationID, application: Int64, name: String, featureFlags: [String] = [], token: String? = nil,
        createdAt: Instant, updatedAt: Instant
    ) {
        self.id = id
        self.application = application
        self.name = name
        self.featureFlags = featureFlags
        self.token = token
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }
}
