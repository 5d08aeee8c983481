import GodwitCore
import GodwitStore

/// The columns that `decode` reads, in their order.
private let columns = """
    organization, name, description, schemas, archived, deprecated, feature_flags, group_name, updated_at, created_at
    """

/// Fails with a conflict when the name is taken, also by an archived one.
struct InsertEventType: SQLStatement {
    static let sql = "INSERT INTO event_types (\(columns)) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"

    let eventType: EventType

    func bind(to statement: some SQLParameters) {
        eventType.bindChangeable(to: statement)
        statement.bind(eventType.createdAt, at: 10)
    }
}

/// Writes what may change. Index: primary key.
struct UpdateEventType: SQLStatement {
    static let sql = """
        UPDATE event_types
        SET    description = ?3, schemas = ?4, archived = ?5, deprecated = ?6, feature_flags = ?7, group_name = ?8, updated_at = ?9
        WHERE  organization = ?1 AND name = ?2
        """

    let eventType: EventType

    func bind(to statement: some SQLParameters) { eventType.bindChangeable(to: statement) }
}

extension EventType {
    /// Its name as parameters 1 and 2, what may change as 3 to 9.
    fileprivate func bindChangeable(to statement: some SQLParameters) {
        statement.bind(organization.rawValue, at: 1)
        statement.bind(name, at: 2)
        statement.bind(description, at: 3)
        statement.bind(schemas, at: 4)
        statement.bind(archived, at: 5)
        statement.bind(deprecated, at: 6)
        statement.bindText(StoredJSON.writeUnlessEmpty(featureFlags), at: 7)
        statement.bind(groupName, at: 8)
        statement.bind(updatedAt, at: 9)
    }
}

/// Index: primary key.
struct ExpungeEventType: SQLStatement {
    static let sql = "DELETE FROM event_types WHERE organization = ?1 AND name = ?2"

    let organization: OrganizationID
    let name: String

    func bind(to statement: some SQLParameters) {
        statement.bind(organization.rawValue, at: 1)
        statement.bind(name, at: 2)
    }
}

/// Index: primary key.
struct FindEventType: SQLStatement {
    static let sql = "SELECT \(columns) FROM event_types WHERE organization = ?1 AND name = ?2"

    let organization: OrganizationID
    let name: String

    func bind(to statement: some SQLParameters) {
        statement.bind(organization.rawValue, at: 1)
        statement.bind(name, at: 2)
    }

    static func decode(_ row: some SQLRow) throws(StoreError) -> EventType { try EventType(row) }
}

/// Index: primary key.
struct ListEventTypes<Direction: FetchDirection>: SQLStatement {
    static var sql: String {
        """
        SELECT \(columns) FROM event_types
        WHERE  organization = ?1 AND name \(Direction.comparison) ?2 AND (?3 = 1 OR archived = 0)
        ORDER  BY name \(Direction.order) LIMIT ?4
        """
    }

    let organization: OrganizationID
    let includeArchived: Bool
    let page: PageRequest<String>

    func bind(to statement: some SQLParameters) {
        statement.bind(organization.rawValue, at: 1)
        switch page.position {
        // Names are visible ASCII: they all lie between these two.
        case .start: statement.bind(page.fetchesAscending ? "" : "\u{7F}", at: 2)
        case .after(let name), .before(let name): statement.bind(name, at: 2)
        }
        statement.bind(includeArchived, at: 3)
        statement.bind(page.limit + 1, at: 4)
    }

    static func decode(_ row: some SQLRow) throws(StoreError) -> EventType { try EventType(row) }
}

/// Index: primary key, once for each name.
struct ExistingEventTypes: SQLStatement {
    static let sql = """
        SELECT name FROM event_types
        WHERE  organization = ?1 AND archived = 0 AND name IN (SELECT value FROM json_each(?2))
        """

    let organization: OrganizationID
    let names: [String]

    func bind(to statement: some SQLParameters) {
        statement.bind(organization.rawValue, at: 1)
        statement.bindText(StoredJSON.write(names), at: 2)
    }

    static func decode(_ row: some SQLRow) -> String { row.text(0) }
}

extension EventType {
    fileprivate init(_ row: some SQLRow) throws(StoreError) {
        self.init(
            organization: try row.organization(0), name: row.text(1), description: row.text(2), schemas: row.optionalText(3),
            archived: row.bool(4), deprecated: row.bool(5), featureFlags: try row.texts(6) ?? [],
            groupName: row.optionalText(7),
            createdAt: row.instant(9), updatedAt: row.instant(8))
    }
}
