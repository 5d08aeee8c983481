import GodwitCore
import GodwitStore

/// The columns that `Endpoint(row)` reads, in their order.
enum EndpointColumns {
    static let names = """
        id, application_key, uid, url, description, disabled, event_types, channels, metadata, headers, secrets, created_at, \
        updated_at, policy, disabled_at, disabled_reason, failing_since, failing_announced, mode
        """
    static let count: Int32 = 19
}

/// Fails with a conflict when the uid is taken: index `endpoints_uid`.
struct InsertEndpoint: SQLStatement {
    static let sql = """
        INSERT INTO endpoints (key, id, application_key, created_at, updated_at, uid, url, description, disabled, event_types,
                               channels, metadata, headers, secrets, policy, disabled_at, disabled_reason, failing_since,
                               failing_announced, mode)
        VALUES (?1, ?18, ?19, ?20, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)
        """

    let endpoint: Endpoint

    func bind(to statement: some SQLParameters) {
        endpoint.bindChangeable(to: statement)
        statement.bind(endpoint.id.description, at: 18)
        statement.bind(endpoint.application, at: 19)
        statement.bind(endpoint.createdAt, at: 20)
    }
}

/// Writes what may change. Fails with a conflict when the uid is taken.
struct UpdateEndpoint: SQLStatement {
    static let sql = """
        UPDATE endpoints
        SET    updated_at = ?2, uid = ?3, url = ?4, description = ?5, disabled = ?6, event_types = ?7, channels = ?8,
               metadata = ?9, headers = ?10, secrets = ?11, policy = ?12, disabled_at = ?13, disabled_reason = ?14,
               failing_since = ?15, failing_announced = ?16, mode = ?17
        WHERE  key = ?1 AND deleted_at IS NULL
        """

    let endpoint: Endpoint

    func bind(to statement: some SQLParameters) { endpoint.bindChangeable(to: statement) }
}

extension Endpoint {
    /// Its key as parameter 1, what may change as 2 to 17.
    fileprivate func bindChangeable(to statement: some SQLParameters) {
        statement.bind(id.key, at: 1)
        statement.bind(updatedAt, at: 2)
        statement.bind(uid, at: 3)
        statement.bind(url, at: 4)
        statement.bind(description, at: 5)
        statement.bind(disabled, at: 6)
        statement.bindText(eventTypes.map { StoredJSON.write($0) }, at: 7)
        statement.bindText(channels.map { StoredJSON.write($0) }, at: 8)
        statement.bindText(StoredJSON.write(metadata), at: 9)
        statement.bindText(StoredJSON.write(headers), at: 10)
        statement.bindText(StoredJSON.write(secrets), at: 11)
        statement.bindText(StoredJSON.writeUnlessStandard(policy), at: 12)
        disablement.bind(to: statement, from: 13)
        statement.bind(failing?.since, at: 15)
        statement.bind(failing.map { $0.isAnnounced ? 1 as Int64 : 0 }, at: 16)
        statement.bind(mode.rawValue, at: 17)
    }
}

/// Twice is once: the first deletion's time stands.
struct DeleteEndpoint: SQLStatement {
    static let sql = "UPDATE endpoints SET deleted_at = ?2 WHERE key = ?1 AND deleted_at IS NULL"

    let key: Int64
    let now: Instant

    func bind(to statement: some SQLParameters) {
        statement.bind(key, at: 1)
        statement.bind(now, at: 2)
    }
}

/// Answers with the keys of those that it deleted. Index: `endpoints_list`.
struct DeleteEndpointsOfApplication: SQLStatement {
    static let sql = """
        UPDATE endpoints INDEXED BY endpoints_list SET deleted_at = ?2
        WHERE  application_key = ?1 AND deleted_at IS NULL
        RETURNING key
        """

    let application: Int64
    let now: Instant

    func bind(to statement: some SQLParameters) {
        statement.bind(application, at: 1)
        statement.bind(now, at: 2)
    }

    static func decode(_ row: some SQLRow) -> Int64 { row.integer(0) }
}

/// Index: primary key.
struct FindEndpoint: EndpointQuery {
    static let sql = """
        SELECT \(EndpointColumns.names) FROM endpoints
        WHERE  key = ?1 AND id = ?2 AND application_key = ?3 AND deleted_at IS NULL
        """

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
struct FindEndpointByKey: EndpointQuery {
    static let sql = "SELECT \(EndpointColumns.names) FROM endpoints WHERE key = ?1 AND deleted_at IS NULL"

    let key: Int64

    func bind(to statement: some SQLParameters) { statement.bind(key, at: 1) }
}

/// Deleted ones too. Index: primary key.
struct EndpointIDText: SQLStatement {
    static let sql = "SELECT id FROM endpoints WHERE key = ?1"

    let key: Int64

    func bind(to statement: some SQLParameters) { statement.bind(key, at: 1) }

    static func decode(_ row: some SQLRow) -> String { row.text(0) }
}

/// Index: `endpoints_uid`.
struct FindEndpointByUID: EndpointQuery {
    static let sql = """
        SELECT \(EndpointColumns.names) FROM endpoints
        WHERE  application_key = ?1 AND uid = ?2 AND uid IS NOT NULL AND deleted_at IS NULL
        """

    let application: Int64
    let uid: String

    func bind(to statement: some SQLParameters) {
        statement.bind(application, at: 1)
        statement.bind(uid, at: 2)
    }
}

/// Index: `endpoints_list`.
struct ListEndpoints<Direction: FetchDirection>: EndpointQuery {
    static var sql: String {
        """
        SELECT \(EndpointColumns.names) FROM endpoints INDEXED BY endpoints_list
        WHERE  application_key = ?1 AND deleted_at IS NULL AND key \(Direction.comparison) ?2
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

/// In the order of their keys. Reads the whole table: only for the start.
struct AllEndpoints: PlainStatement, EndpointQuery {
    static let sql = "SELECT \(EndpointColumns.names) FROM endpoints WHERE deleted_at IS NULL ORDER BY key"
}

/// Indexes: `deliveries_waiting` and `deliveries_lines`, once for each deleted endpoint. Only for the start.
struct DeletedEndpointsWithBacklog: PlainStatement {
    static let sql = """
        SELECT key FROM endpoints
        WHERE  deleted_at IS NOT NULL
               AND (EXISTS (SELECT 1 FROM deliveries INDEXED BY deliveries_waiting
                            WHERE  state = 'waiting' AND line IS NULL AND endpoint_key = endpoints.key)
                    OR EXISTS (SELECT 1 FROM deliveries INDEXED BY deliveries_lines
                               WHERE  state = 'waiting' AND line IS NOT NULL AND endpoint_key = endpoints.key))
        ORDER  BY key
        """

    static func decode(_ row: some SQLRow) -> Int64 { row.integer(0) }
}

/// A statement that answers with endpoints.
protocol EndpointQuery: SQLStatement where Row == Endpoint {}

extension EndpointQuery {
    static func decode(_ row: some SQLRow) throws(StoreError) -> Endpoint { try Endpoint(row) }
}

extension Endpoint {
    init(_ row: some SQLRow) throws(StoreError) {
        self.init(
            id: try row.identifier(0), application: row.integer(1), uid: row.optionalText(2), mode: try row.choice(18),
            url: row.text(3),
            description: row.text(4), disabled: row.bool(5), disablement: try row.disablement(14),
            failing: row.optionalInstant(16).map { FailingSpan(since: $0, isAnnounced: row.bool(17)) },
            policy: try row.policy(13), eventTypes: try row.texts(6), channels: try row.texts(7),
            metadata: try StoredJSON.map(row.textBytes(8)), headers: try StoredJSON.map(row.textBytes(9)),
            secrets: try StoredJSON.secrets(row.textBytes(10)), createdAt: row.instant(11), updatedAt: row.instant(12))
    }
}

extension SQLConnection {
    func endpoint(application: Int64, _ reference: Reference) throws(StoreError) -> Endpoint? {
        switch reference {
        case .id(let key, let text): try first(FindEndpoint(key: key, id: text, application: application))
        case .uid(let uid): try first(FindEndpointByUID(application: application, uid: uid))
        }
    }
}
