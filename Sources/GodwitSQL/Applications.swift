import GodwitCore
import GodwitStore

/// The columns that `decode` reads, in their order.
private let columns = "id, organization, uid, name, metadata, created_at, updated_at, rate_limit"

/// Fails with a conflict when the uid is taken: index `applications_uid`.
struct InsertApplication: SQLStatement {
    static let sql = """
        INSERT INTO applications (\(columns), key)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
        """

    let application: Application

    func bind(to statement: some SQLParameters) {
        statement.bind(application.id.description, at: 1)
        statement.bind(application.organization.rawValue, at: 2)
        statement.bind(application.uid, at: 3)
        statement.bind(application.name, at: 4)
        statement.bindText(StoredJSON.write(application.metadata), at: 5)
        statement.bind(application.createdAt, at: 6)
        statement.bind(application.updatedAt, at: 7)
        statement.bindText(StoredJSON.writeUnlessNone(application.rateLimit), at: 8)
        statement.bind(application.id.key, at: 9)
    }
}

/// Writes what may change. Fails with a conflict when the uid is taken.
struct UpdateApplication: SQLStatement {
    static let sql = """
        UPDATE applications SET uid = ?2, name = ?3, metadata = ?4, updated_at = ?5, rate_limit = ?6
        WHERE  key = ?1 AND deleted_at IS NULL
        """

    let application: Application

    func bind(to statement: some SQLParameters) {
        statement.bind(application.id.key, at: 1)
        statement.bind(application.uid, at: 2)
        statement.bind(application.name, at: 3)
        statement.bindText(StoredJSON.write(application.metadata), at: 4)
        statement.bind(application.updatedAt, at: 5)
        statement.bindText(StoredJSON.writeUnlessNone(application.rateLimit), at: 6)
    }
}

/// Twice is once: the first deletion's time stands.
struct DeleteApplication: SQLStatement {
    static let sql = "UPDATE applications SET deleted_at = ?2 WHERE key = ?1 AND deleted_at IS NULL"

    let key: Int64
    let now: Instant

    func bind(to statement: some SQLParameters) {
        statement.bind(key, at: 1)
        statement.bind(now, at: 2)
    }
}

/// Index: primary key.
struct FindApplication: ApplicationQuery {
    static let sql = """
        SELECT \(columns) FROM applications
        WHERE  key = ?1 AND id = ?2 AND organization = ?3 AND deleted_at IS NULL
        """

    let key: Int64
    let id: String
    let organization: OrganizationID

    func bind(to statement: some SQLParameters) {
        statement.bind(key, at: 1)
        statement.bind(id, at: 2)
        statement.bind(organization.rawValue, at: 3)
    }
}

/// Index: `applications_uid`.
struct FindApplicationByUID: ApplicationQuery {
    static let sql = """
        SELECT \(columns) FROM applications
        WHERE  organization = ?1 AND uid = ?2 AND uid IS NOT NULL AND deleted_at IS NULL
        """

    let organization: OrganizationID
    let uid: String

    func bind(to statement: some SQLParameters) {
        statement.bind(organization.rawValue, at: 1)
        statement.bind(uid, at: 2)
    }
}

/// Index: `applications_list`.
struct ListApplications<Direction: FetchDirection>: ApplicationQuery {
    static var sql: String {
        """
        SELECT \(columns) FROM applications
        WHERE  organization = ?1 AND deleted_at IS NULL AND key \(Direction.comparison) ?2
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

/// In the order of their keys. Reads the whole table: only for the start.
struct AllApplications: PlainStatement, ApplicationQuery {
    static let sql = "SELECT \(columns) FROM applications WHERE deleted_at IS NULL ORDER BY key"
}

/// Index: primary key.
struct FindApplicationByKey: ApplicationQuery {
    static let sql = """
        SELECT \(columns) FROM applications
        WHERE  key = ?1 AND organization = ?2 AND deleted_at IS NULL
        """

    let key: Int64
    let organization: OrganizationID

    func bind(to statement: some SQLParameters) {
        statement.bind(key, at: 1)
        statement.bind(organization.rawValue, at: 2)
    }
}

/// Whoever's. Index: primary key.
struct FindAnyApplication: ApplicationQuery {
    static let sql = "SELECT \(columns) FROM applications WHERE key = ?1 AND deleted_at IS NULL"

    let key: Int64

    func bind(to statement: some SQLParameters) { statement.bind(key, at: 1) }
}

/// Index: primary key.
struct ApplicationExists: SQLStatement {
    static let sql = "SELECT 1 FROM applications WHERE key = ?1 AND deleted_at IS NULL"

    let key: Int64

    func bind(to statement: some SQLParameters) { statement.bind(key, at: 1) }

    static func decode(_ row: some SQLRow) -> Bool { true }
}

/// A statement that answers with applications.
protocol ApplicationQuery: SQLStatement where Row == Application {}

extension ApplicationQuery {
    static func decode(_ row: some SQLRow) throws(StoreError) -> Application {
        Application(
            id: try row.identifier(0), organization: try row.organization(1), uid: row.optionalText(2), name: row.text(3),
            metadata: try StoredJSON.map(row.textBytes(4)), rateLimit: try row.rateLimit(7), createdAt: row.instant(5),
            updatedAt: row.instant(6))
    }
}

extension SQLConnection {
    func application(
        _ organization: OrganizationID, _ reference: Reference
    ) throws(StoreError) -> Application? {
        switch reference {
        case .id(let key, let text): try first(FindApplication(key: key, id: text, organization: organization))
        case .uid(let uid): try first(FindApplicationByUID(organization: organization, uid: uid))
        }
    }
}
