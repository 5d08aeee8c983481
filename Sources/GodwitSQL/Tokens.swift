import GodwitCore
import GodwitStore

/// The columns that `decode` reads, in their order.
private let columns = """
    id, organization, application_id, name, purpose, read_only, capabilities, feature_flags, session, signing_key, created_at, \
    expires_at
    """

/// Twice fails: the key is taken.
struct InsertToken: SQLStatement {
    static let sql = """
        INSERT INTO tokens (\(columns), key, application_key)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
        """

    let token: Token

    func bind(to statement: some SQLParameters) {
        statement.bind(token.id.description, at: 1)
        statement.bind(token.organization.rawValue, at: 2)
        statement.bind(token.application?.description, at: 3)
        statement.bind(token.name, at: 4)
        statement.bind(token.purpose.rawValue, at: 5)
        statement.bind(token.readOnly, at: 6)
        statement.bindText(token.capabilities.map { StoredJSON.write($0.map(\.rawValue)) }, at: 7)
        statement.bindText(StoredJSON.writeUnlessEmpty(token.featureFlags), at: 8)
        statement.bind(token.session, at: 9)
        statement.bind(token.signingKey, at: 10)
        statement.bind(token.createdAt, at: 11)
        statement.bind(token.expiresAt, at: 12)
        statement.bind(token.id.key, at: 13)
        statement.bind(token.application?.key, at: 14)
    }
}

/// Index: primary key.
struct FindToken: TokenQuery {
    static let sql = "SELECT \(columns) FROM tokens WHERE key = ?1 AND id = ?2 AND organization = ?3"

    let id: TokenID
    let organization: OrganizationID

    func bind(to statement: some SQLParameters) {
        statement.bind(id.key, at: 1)
        statement.bind(id.description, at: 2)
        statement.bind(organization.rawValue, at: 3)
    }
}

/// Index: `tokens_list`.
struct ListTokens<Direction: FetchDirection>: TokenQuery {
    static var sql: String {
        """
        SELECT \(columns) FROM tokens
        WHERE  organization = ?1 AND key \(Direction.comparison) ?2
        ORDER  BY key \(Direction.order) LIMIT ?3
        """
    }

    let organization: OrganizationID
    let page: PageRequest<Int64>

    func bind(to statement: some SQLParameters) {
        statement.bind(organization.rawValue, at: 1)
        statement.bind(page.bound, at: 2)
        statement.bind(page.fetchLimit, at: 3)
    }
}

/// Index: `tokens_by_application`.
struct ListTokensOfApplication<Direction: FetchDirection>: TokenQuery {
    static var sql: String {
        """
        SELECT \(columns) FROM tokens
        WHERE  application_key = ?1 AND application_key IS NOT NULL AND organization = ?2 AND key \(Direction.comparison) ?3
        ORDER  BY key \(Direction.order) LIMIT ?4
        """
    }

    let organization: OrganizationID
    let application: Int64
    let page: PageRequest<Int64>

    func bind(to statement: some SQLParameters) {
        statement.bind(application, at: 1)
        statement.bind(organization.rawValue, at: 2)
        statement.bind(page.bound, at: 3)
        statement.bind(page.fetchLimit, at: 4)
    }
}

/// Index: `tokens_expiry`.
struct ForgetTokens: SQLStatement {
    static let sql = """
        DELETE FROM tokens
        WHERE  key IN (SELECT key FROM tokens WHERE expires_at <= ?1 ORDER BY expires_at, key LIMIT ?2)
        """

    let now: Instant
    let limit: Int

    func bind(to statement: some SQLParameters) {
        statement.bind(now, at: 1)
        statement.bind(limit, at: 2)
    }
}

/// A statement that answers with tokens.
protocol TokenQuery: SQLStatement where Row == Token {}

extension TokenQuery {
    static func decode(_ row: some SQLRow) throws(StoreError) -> Token {
        Token(
            id: try row.identifier(0), organization: try row.organization(1),
            application: row.isNull(2) ? nil : try row.identifier(2, ApplicationKind.self), name: row.text(3),
            purpose: try row.choice(4), readOnly: row.bool(5),
            // A capability that this version doesn't know is none that it can grant.
            capabilities: try row.texts(6)?.compactMap(Capability.init), featureFlags: try row.texts(7) ?? [],
            session: row.optionalText(8), signingKey: row.text(9), createdAt: row.instant(10), expiresAt: row.instant(11))
    }
}
