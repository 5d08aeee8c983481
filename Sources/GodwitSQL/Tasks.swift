package import GodwitCore
package import GodwitStore

/// The columns that `BackgroundTask(row)` reads, in their order.
private let columns = """
    id, organization, kind, application_key, since, until, applications, state, cursor, done, created_at, updated_at
    """

/// Twice fails: the key is taken.
struct InsertTask: SQLStatement {
    static let sql = """
        INSERT INTO tasks (key, \(columns)) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
        """

    let task: BackgroundTask

    func bind(to statement: some SQLParameters) {
        statement.bind(task.id.key, at: 1)
        statement.bind(task.id.description, at: 2)
        statement.bind(task.organization.rawValue, at: 3)
        statement.bind(task.kind.rawValue, at: 4)
        switch task.work {
        case .purgeContent(let application):
            statement.bind(application, at: 5)
            for index in 6...8 as ClosedRange<Int32> { statement.bindNull(at: index) }
        case .applicationStatistics(let scope):
            statement.bindNull(at: 5)
            statement.bind(scope.since, at: 6)
            statement.bind(scope.until, at: 7)
            statement.bindText(scope.applications.map { JSONWriter.write($0) }, at: 8)
        case .eventTypes:
            for index in 5...8 as ClosedRange<Int32> { statement.bindNull(at: index) }
        }
        statement.bind(task.state.rawValue, at: 9)
        statement.bind(task.cursor, at: 10)
        statement.bind(task.done, at: 11)
        statement.bind(task.createdAt, at: 12)
        statement.bind(task.updatedAt, at: 13)
    }
}

/// For changes that were decided on the current row, inside the same transaction. Index: primary key.
struct UpdateTask: SQLStatement {
    static let sql = "UPDATE tasks SET state = ?2, cursor = ?3, done = ?4, updated_at = ?5 WHERE key = ?1"

    let task: BackgroundTask

    func bind(to statement: some SQLParameters) {
        statement.bind(task.id.key, at: 1)
        statement.bind(task.state.rawValue, at: 2)
        statement.bind(task.cursor, at: 3)
        statement.bind(task.done, at: 4)
        statement.bind(task.updatedAt, at: 5)
    }
}

/// A statement that answers with tasks.
protocol TaskQuery: SQLStatement where Row == BackgroundTask {}

extension TaskQuery {
    static func decode(_ row: some SQLRow) throws(StoreError) -> BackgroundTask { try BackgroundTask(row) }
}

/// Index: primary key.
struct FindTask: TaskQuery {
    static let sql = "SELECT \(columns) FROM tasks WHERE key = ?1"

    let key: Int64

    func bind(to statement: some SQLParameters) { statement.bind(key, at: 1) }
}

/// Index: `tasks_list`, in its order. What doesn't pass the filter is read over: tasks are few, and forgotten.
struct ListTasks<Direction: FetchDirection>: TaskQuery {
    static var sql: String {
        """
        SELECT \(columns) FROM tasks INDEXED BY tasks_list
        WHERE  organization = ?1 AND key \(Direction.comparison) ?2
               AND (?3 IS NULL OR state = ?3) AND (?4 IS NULL OR kind = ?4)
        ORDER  BY key \(Direction.order) LIMIT ?5
        """
    }

    let organization: OrganizationID
    let filter: TaskFilter
    let page: PageRequest<Int64>

    func bind(to statement: some SQLParameters) {
        statement.bind(organization.rawValue, at: 1)
        statement.bind(page.bound, at: 2)
        statement.bind(filter.state?.rawValue, at: 3)
        statement.bind(filter.kind, at: 4)
        statement.bind(page.fetchLimit, at: 5)
    }
}

/// Index: `tasks_running`, all of it: they are bounded.
struct RunningTasks: PlainStatement {
    static let sql = "SELECT key, organization FROM tasks INDEXED BY tasks_running WHERE state = 'running' ORDER BY key"

    static func decode(_ row: some SQLRow) -> (key: Int64, organization: String) { (row.integer(0), row.text(1)) }
}

/// Index: `tasks_ended`, in its order.
struct TasksToForget: SQLStatement {
    static let sql = """
        SELECT key FROM tasks INDEXED BY tasks_ended
        WHERE  state <> 'running' AND updated_at < ?1
        ORDER  BY updated_at LIMIT ?2
        """

    let endedBefore: Instant
    let limit: Int

    func bind(to statement: some SQLParameters) {
        statement.bind(endedBefore, at: 1)
        statement.bind(limit, at: 2)
    }

    static func decode(_ row: some SQLRow) -> Int64 { row.integer(0) }
}

/// Index: primary key.
struct ForgetTask: SQLStatement {
    static let sql = "DELETE FROM tasks WHERE key = ?1"

    let key: Int64

    func bind(to statement: some SQLParameters) { statement.bind(key, at: 1) }
}

extension BackgroundTask {
    fileprivate init(_ row: some SQLRow) throws(StoreError) {
        let kind: Kind = try row.choice(2)
        let work: Work =
            switch kind {
            case .purgeContent: .purgeContent(application: row.integer(3))
            case .eventTypes: .eventTypes
            case .applicationStatistics:
                .applicationStatistics(
                    UsageScope(since: row.instant(4), until: row.instant(5), applications: try row.integers(6)))
            }
        self.init(
            id: try row.identifier(0), organization: try row.organization(1), work: work, createdAt: row.instant(10),
            state: try row.choice(7), cursor: row.integer(8), done: Int(row.integer(9)), updatedAt: row.instant(11))
    }
}

extension SQLStore {
    package func task(_ organization: OrganizationID, _ id: TaskID) throws(StoreError) -> BackgroundTask? {
        let found = try read { connection throws(StoreError) in try connection.first(FindTask(key: id.key)) }
        return found.flatMap { $0.id == id && $0.organization == organization ? $0 : nil }
    }

    package func tasks(
        _ organization: OrganizationID, _ filter: TaskFilter, _ page: PageRequest<Int64>
    ) throws(StoreError) -> Page<BackgroundTask> {
        try read { connection throws(StoreError) in
            page.page(
                fromFetched: page.fetchesAscending
                    ? try connection.all(ListTasks<Upwards>(organization: organization, filter: filter, page: page))
                    : try connection.all(ListTasks<Downwards>(organization: organization, filter: filter, page: page)))
        }
    }

    package func runningTasks() throws(StoreError) -> [Int64] {
        try read { connection throws(StoreError) in try connection.all(RunningTasks()).map(\.key) }
    }

    package func taskResults(_ task: Int64, limit: Int) throws(StoreError) -> [[UInt8]] {
        try read { connection throws(StoreError) in
            var bytes = 0
            return try connection.rows(TaskResults(task: task)) { item in
                bytes += item.count
                return bytes > limit
            }
        }
    }
}
