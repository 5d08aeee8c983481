import GodwitCore
import GodwitStore

/// What a task found about one thing, a JSON object. Index: primary key, at its end.
struct InsertTaskResult: SQLStatement {
    static let sql = "INSERT INTO task_results (task_key, subject_key, item) VALUES (?1, ?2, ?3)"

    let task: Int64
    let subject: Int64
    let item: [UInt8]

    func bind(to statement: some SQLParameters) {
        statement.bind(task, at: 1)
        statement.bind(subject, at: 2)
        statement.bindText(item, at: 3)
    }
}

/// Index: primary key, in its order.
struct TaskResults: SQLStatement {
    static let sql = "SELECT item FROM task_results WHERE task_key = ?1 ORDER BY subject_key"

    let task: Int64

    func bind(to statement: some SQLParameters) { statement.bind(task, at: 1) }

    static func decode(_ row: some SQLRow) -> [UInt8] { row.textBytes(0) }
}

/// Index: primary key.
struct ForgetTaskResults: SQLStatement {
    static let sql = "DELETE FROM task_results WHERE task_key = ?1"

    let task: Int64

    func bind(to statement: some SQLParameters) { statement.bind(task, at: 1) }
}

/// The next messages of an application, and whether there is a payload. Index: `messages_list`, in its order.
struct MessagesToPurge: SQLStatement {
    static let sql = """
        SELECT key, typeof(messages.payload) = 'null' FROM messages INDEXED BY messages_list
        WHERE  application_key = ?1 AND key > ?2 AND key < ?3
        ORDER  BY key LIMIT ?4
        """

    let application: Int64
    let after: Int64
    let end: Int64

    func bind(to statement: some SQLParameters) {
        statement.bind(application, at: 1)
        statement.bind(after, at: 2)
        statement.bind(end, at: 3)
        statement.bind(Limits.taskStep, at: 4)
    }

    static func decode(_ row: some SQLRow) -> (key: Int64, hasPayload: Bool) { (row.integer(0), !row.bool(1)) }
}

/// Also those that were deleted. Index: `endpoints_ever`.
struct EndpointKeysOfApplication: SQLStatement {
    static let sql = "SELECT key FROM endpoints INDEXED BY endpoints_ever WHERE application_key = ?1"

    let application: Int64

    func bind(to statement: some SQLParameters) { statement.bind(application, at: 1) }

    static func decode(_ row: some SQLRow) -> Int64 { row.integer(0) }
}

extension SQLConnection {
    /// Inside a transaction.
    func change(_ command: TaskCommand, at now: Instant) throws(StoreError) -> TaskResult {
        switch command {
        case .insert(let task):
            let running = try all(RunningTasks()).count { $0.organization == task.organization.rawValue }
            guard running < Limits.tasksRunning else { throw StoreError(.conflict, "too many tasks are running") }
            try run(InsertTask(task: task))
            return .task(task)
        case .step(let key):
            var task = try found(first(FindTask(key: key)), "task")
            guard task.state == .running else { return .stepped(task, cancelled: []) }
            let cancelled = try step(&task, at: now)
            try run(UpdateTask(task: task))
            return .stepped(task, cancelled: cancelled)
        case .fail(let key):
            var task = try found(first(FindTask(key: key)), "task")
            task.fail(at: now)
            try run(UpdateTask(task: task))
            return .task(task)
        case .forget(let endedBefore, let limit):
            let keys = try all(TasksToForget(endedBefore: endedBefore, limit: limit))
            for key in keys {
                try run(ForgetTaskResults(task: key))
                try run(ForgetTask(key: key))
            }
            return .count(keys.count)
        }
    }

    /// - Returns: the deliveries that were cancelled.
    private func step(_ task: inout BackgroundTask, at now: Instant) throws(StoreError) -> [DeliveryKey] {
        switch task.work {
        case .purgeContent(let application): return try purge(application, &task, at: now)
        case .applicationStatistics, .eventTypes:
            let next = try nextApplications(of: task)
            // What this transaction has counted so far counts too.
            try writeStatistics()
            for application in next.applications {
                try run(
                    InsertTaskResult(
                        task: task.id.key, subject: application.id.key, item: result(of: task, for: application)))
            }
            task.stepped(done: next.applications.count, cursor: next.cursor, isLast: next.areLast, at: now)
            return []
        }
    }

    private func purge(_ application: Int64, _ task: inout BackgroundTask, at now: Instant) throws(StoreError) -> [DeliveryKey]
    {
        let messages = try all(MessagesToPurge(application: application, after: task.cursor, end: task.id.key))
        var cancelled: [DeliveryKey] = []
        for message in messages where message.hasPayload { cancelled += try expunge(message.key, at: now) }
        task.stepped(
            done: messages.count { $0.hasPayload }, cursor: messages.last?.key ?? task.cursor,
            isLast: messages.count < Limits.taskStep, at: now)
        return cancelled
    }

    /// Those behind the cursor, at most as many as a step takes.
    private func nextApplications(
        of task: BackgroundTask
    ) throws(StoreError) -> (applications: [Application], cursor: Int64, areLast: Bool) {
        guard case .applicationStatistics(let scope) = task.work, let keys = scope.applications else {
            let page = PageRequest<Int64>(limit: Limits.taskApplications, position: .after(task.cursor), order: .ascending)
            let found = try all(ListApplications<Upwards>(organization: task.organization, page: page))
            let next = page.page(fromFetched: found)
            return (next.items, next.items.last?.id.key ?? task.cursor, !next.hasMore)
        }
        let next = Array(keys.filter { $0 > task.cursor }.prefix(Limits.taskApplications))
        var applications: [Application] = []
        for key in next {
            // One that was deleted meanwhile is left out.
            if let application = try first(FindApplicationByKey(key: key, organization: task.organization)) {
                applications.append(application)
            }
        }
        let cursor = next.last ?? task.cursor
        return (applications, cursor, cursor >= keys.last ?? cursor)
    }

    private func result(of task: BackgroundTask, for application: Application) throws(StoreError) -> [UInt8] {
        let key = application.id.key
        guard case .applicationStatistics(let scope) = task.work else {
            let page = PageRequest<Int64>(limit: .max - 1, order: .ascending)
            return JSONWriter.write(
                SubscribedEventTypes(application, try all(ListEndpoints<Upwards>(application: key, page: page))))
        }
        var deliveries: Int64 = 0
        for endpoint in try all(EndpointKeysOfApplication(application: key)) {
            deliveries += try statistics(endpoint: endpoint, minutes: scope.minutes).deliveries
        }
        return JSONWriter.write(ApplicationUsage(application, messageDestinations: deliveries))
    }
}
