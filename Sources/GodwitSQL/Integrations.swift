import GodwitCore
import GodwitStore

/// The columns that `decode` reads, in their order.
private let columns = "id, application_key, name, feature_flags, token_id, created_at, updated_at"

/// Twice fails: the key is taken.
struct InsertIntegration: SQLStatement {
    static let sql = "INSERT INTO integrations (\(columns), key) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"

    let integration: Integration

    func bind(to statement: some SQLParameters) {
        statement.bind(integration.id.description, at: 1)
        statement.bind(integration.application, at: 2)
        statement.bind(integration.name, at: 3)
        statement.bindText(StoredJSON.writeUnlessEmpty(integration.featureFlags), at: 4)
        statement.bind(integration.token, at: 5)
        statement.bind(integration.createdAt, at: 6)
        statement.bind(integration.updatedAt, at: 7)
        statement.bind(integration.id.key, at: 8)
    }
}

/// For changes that were decided on the current row, inside the same transaction. Index: primary key.
struct UpdateIntegration: SQLStatement {
    static let sql = """
        UPDATE integrations SET name = ?2, feature_flags = ?3, token_id = ?4, updated_at = ?5 WHERE key = ?1
        """

    let integration: Integration

    func bind(to statement: some SQLParameters) {
        statement.bind(integration.id.key, at: 1)
        statement.bind(integration.name, at: 2)
        statement.bindText(StoredJSON.writeUnlessEmpty(integration.featureFlags), at: 3)
        statement.bind(integration.token, at: 4)
        statement.bind(integration.updatedAt, at: 5)
    }
}

/// Twice is once.
struct DeleteIntegration: SQLStatement {
    static let sql = "DELETE FROM integrations WHERE key = ?1"

    let key: Int64

    func bind(to statement: some SQLParameters) { statement.bind(key, at: 1) }
}

/// Index: `integrations_by_application`.
struct CountIntegrations: SQLStatement {
    static let sql = "SELECT count(*) FROM integrations WHERE application_key = ?1"

    let application: Int64

    func bind(to statement: some SQLParameters) { statement.bind(application, at: 1) }

    static func decode(_ row: some SQLRow) -> Int { Int(row.integer(0)) }
}

/// Index: primary key.
struct FindIntegration: IntegrationQuery {
    static let sql = "SELECT \(columns) FROM integrations WHERE key = ?1 AND id = ?2 AND application_key = ?3"

    let key: Int64
    let id: String
    let application: Int64

    func bind(to statement: some SQLParameters) {
        statement.bind(key, at: 1)
        statement.bind(id, at: 2)
        statement.bind(application, at: 3)
    }
}

/// Index: primary key.
struct FindIntegrationByKey: IntegrationQuery {
    static let sql = "SELECT \(columns) FROM integrations WHERE key = ?1"

    let key: Int64

    func bind(to statement: some SQLParameters) { statement.bind(key, at: 1) }
}

/// Index: `integrations_by_application`.
struct ListIntegrations<Direction: FetchDirection>: IntegrationQuery {
    static var sql: String {
        """
        SELECT \(columns) FROM integrations
        WHERE  application_key = ?1 AND key \(Direction.comparison) ?2
        ORDER  BY key \(Direction.order) LIMIT ?3
        """
    }

    let application: Int64
    let page: PageRequest<Int64>

    func bind(to statement: some SQLParameters) {
        statement.bind(application, at: 1)
        statement.bind(page.bound, at: 2)
        statement.bind(page.fetchLimit, at: 3)
    }
}

/// Reads the whole table: only for the start.
struct AllIntegrations: PlainStatement, IntegrationQuery {
    static let sql = """
        SELECT \(columns) FROM integrations
        WHERE  application_key IN (SELECT key FROM applications WHERE deleted_at IS NULL)
        ORDER  BY key
        """
}

/// A statement that answers with integrations.
protocol IntegrationQuery: SQLStatement where Row == Integration {}

extension IntegrationQuery {
    static func decode(_ row: some SQLRow) throws(StoreError) -> Integration {
        Integration(
            id: try row.identifier(0), application: row.integer(1), name: row.text(2), featureFlags: try row.texts(3) ?? [],
            token: row.optionalText(4), createdAt: row.instant(5), updatedAt: row.instant(6))
    }
}

extension SQLConnection {
    func integration(application: Int64, _ reference: Reference) throws(StoreError) -> Integration? {
        guard case .id(let key, let text) = reference else { return nil }
        return try first(FindIntegration(key: key, id: text, application: application))
    }
}
