import GodwitCore
import GodwitStore

/// The columns that `Replay(row)` reads, in their order.
private let columns = """
    id, application_key, endpoint_key, since, until, which, event_types, channel, tag, rules, pace, task, planned, created_at, \
    state, replayed, passed_over, cursor, updated_at, status_class
    """

/// Twice fails: the key is taken.
struct InsertReplay: SQLStatement {
    static let sql = """
        INSERT INTO replays (key, state, replayed, passed_over, cursor, updated_at, id, application_key, endpoint_key, since,
                             until, which, event_types, channel, tag, rules, pace, task, planned, created_at, status_class,
                             organization)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21,
                coalesce((SELECT organization FROM applications WHERE key = ?8), ''))
        """

    let replay: Replay

    func bind(to statement: some SQLParameters) {
        replay.bindChangeable(to: statement)
        statement.bind(replay.id.description, at: 7)
        statement.bind(replay.application, at: 8)
        statement.bind(replay.endpoint, at: 9)
        statement.bind(replay.selection.since, at: 10)
        statement.bind(replay.selection.until, at: 11)
        statement.bind(replay.selection.which.rawValue, at: 12)
        statement.bindText(replay.selection.eventTypes.map { StoredJSON.write($0) }, at: 13)
        statement.bind(replay.selection.channel, at: 14)
        statement.bind(replay.selection.tag, at: 15)
        statement.bind(replay.rules.rawValue, at: 16)
        statement.bind(replay.pace.map(Int64.init), at: 17)
        statement.bind(replay.task.rawValue, at: 18)
        statement.bind(replay.planned, at: 19)
        statement.bind(replay.createdAt, at: 20)
        statement.bind(replay.selection.statusClass.map(Int64.init), at: 21)
    }
}

/// For changes that were decided on the current row, inside the same transaction. Index: primary key.
struct UpdateReplay: SQLStatement {
    static let sql = """
        UPDATE replays SET state = ?2, replayed = ?3, passed_over = ?4, cursor = ?5, updated_at = ?6
        WHERE  key = ?1
        """

    let replay: Replay

    func bind(to statement: some SQLParameters) { replay.bindChangeable(to: statement) }
}

extension Replay {
    /// Its key as parameter 1, what may change as 2 to 6.
    fileprivate func bindChangeable(to statement: some SQLParameters) {
        statement.bind(id.key, at: 1)
        statement.bind(state.rawValue, at: 2)
        statement.bind(replayed, at: 3)
        statement.bind(passedOver, at: 4)
        statement.bind(cursor, at: 5)
        statement.bind(updatedAt, at: 6)
    }

    fileprivate init(_ row: some SQLRow) throws(StoreError) {
        self.init(
            id: try row.identifier(0), application: row.integer(1), endpoint: row.integer(2),
            selection: ReplaySelection(
                since: row.instant(3), until: row.instant(4), which: try row.choice(5), eventTypes: try row.texts(6),
                channel: row.optionalText(7), tag: row.optionalText(8),
                statusClass: row.optionalInteger(19).map { Int($0) }),
            rules: try row.choice(9), pace: row.optionalInteger(10).map { Int($0) }, task: try row.choice(11),
            planned: Int(row.integer(12)), createdAt: row.instant(13), state: try row.choice(14),
            replayed: Int(row.integer(15)), passedOver: Int(row.integer(16)), cursor: row.integer(17),
            updatedAt: row.instant(18))
    }
}

/// Index: primary key.
struct FindReplay: ReplayQuery {
    static let sql = "SELECT \(columns) FROM replays WHERE key = ?1 AND id = ?2 AND application_key = ?3"

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
struct FindReplayByKey: ReplayQuery {
    static let sql = "SELECT \(columns) FROM replays WHERE key = ?1"

    let key: Int64

    func bind(to statement: some SQLParameters) { statement.bind(key, at: 1) }
}

/// Index: `replays_under_way`.
struct CountReplaysUnderWay: SQLStatement {
    static let sql = "SELECT count(*) FROM replays WHERE endpoint_key = ?1 AND state IN ('running', 'paused')"

    let endpoint: Int64

    func bind(to statement: some SQLParameters) { statement.bind(endpoint, at: 1) }

    static func decode(_ row: some SQLRow) -> Int { Int(row.integer(0)) }
}

/// Index: `replays_under_way`, all of it. Only for the start.
struct RunningReplays: PlainStatement {
    static let sql = """
        SELECT key FROM replays INDEXED BY replays_under_way
        WHERE  state IN ('running', 'paused') AND state = 'running'
        """

    static func decode(_ row: some SQLRow) -> Int64 { row.integer(0) }
}

/// Index: `replays_by_application`.
struct ListReplaysOfApplication<Direction: FetchDirection>: ReplayQuery {
    static var sql: String {
        """
        SELECT \(columns) FROM replays
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

/// Index: `replays_by_endpoint`.
struct ListReplaysOfEndpoint<Direction: FetchDirection>: ReplayQuery {
    static var sql: String {
        """
        SELECT \(columns) FROM replays INDEXED BY replays_by_endpoint
        WHERE  application_key = ?1 AND endpoint_key = ?2 AND key \(Direction.comparison) ?3
        ORDER  BY key \(Direction.order) LIMIT ?4
        """
    }

    let application: Int64
    let endpoint: Int64
    let page: PageRequest<Int64>

    func bind(to statement: some SQLParameters) {
        statement.bind(application, at: 1)
        statement.bind(endpoint, at: 2)
        statement.bind(page.bound, at: 3)
        statement.bind(page.fetchLimit, at: 4)
    }
}

/// Index: `replays_by_organization`, in its order, and applications by key. What doesn't pass the filter is read over: replays are few.
struct ListReplaysOfOrganization<Direction: FetchDirection>: ReplayQuery {
    static var sql: String {
        """
        SELECT \(columns) FROM replays INDEXED BY replays_by_organization
        WHERE  organization = ?1 AND key \(Direction.comparison) ?2
               AND (?4 IS NULL OR state IN (SELECT value FROM json_each(?4))) AND (?5 IS NULL OR task = ?5)
               AND EXISTS (SELECT 1 FROM applications
                           WHERE  applications.key = replays.application_key AND applications.deleted_at IS NULL)
        ORDER  BY key \(Direction.order) LIMIT ?3
        """
    }

    let organization: OrganizationID
    let filter: TaskFilter
    let page: PageRequest<Int64>

    func bind(to statement: some SQLParameters) {
        statement.bind(organization.rawValue, at: 1)
        statement.bind(page.bound, at: 2)
        statement.bind(page.fetchLimit, at: 3)
        statement.bindText(filter.replayStates.map { StoredJSON.write($0.map(\.rawValue)) }, at: 4)
        statement.bind(filter.kind, at: 5)
    }
}

/// A statement that answers with replays.
protocol ReplayQuery: SQLStatement where Row == Replay {}

extension ReplayQuery {
    static func decode(_ row: some SQLRow) throws(StoreError) -> Replay { try Replay(row) }
}

extension SQLConnection {
    func replay(application: Int64, _ reference: Reference) throws(StoreError) -> Replay? {
        guard case .id(let key, let text) = reference else { return nil }
        return try first(FindReplay(key: key, id: text, application: application))
    }

    /// Inside a transaction, so that no other one begins beside it.
    func insert(_ replay: Replay) throws(StoreError) -> Replay {
        _ = try found(first(FindEndpointByKey(key: replay.endpoint)), "endpoint")
        let underWay = try first(CountReplaysUnderWay(endpoint: replay.endpoint)) ?? 0
        guard underWay < Limits.replaysPerEndpoint else {
            throw StoreError(.conflict, "\(underWay) replays of this endpoint are under way, which is as many as there may be")
        }
        try run(InsertReplay(replay: replay))
        return replay
    }

    func replays(
        application: Int64, endpoint: Int64?, _ page: PageRequest<Int64>
    ) throws(StoreError) -> [Replay] {
        switch (endpoint, page.fetchesAscending) {
        case (nil, true): try all(ListReplaysOfApplication<Upwards>(application: application, page: page))
        case (nil, false): try all(ListReplaysOfApplication<Downwards>(application: application, page: page))
        case (let key?, true):
            try all(ListReplaysOfEndpoint<Upwards>(application: application, endpoint: key, page: page))
        case (let key?, false):
            try all(ListReplaysOfEndpoint<Downwards>(application: application, endpoint: key, page: page))
        }
    }
}
