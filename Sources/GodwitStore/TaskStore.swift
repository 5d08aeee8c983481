package import GodwitCore

/// Background tasks other than replays.
package protocol TaskStore: Sendable {
    func task(_ organization: OrganizationID, _ id: TaskID) throws(StoreError) -> BackgroundTask?
    func tasks(
        _ organization: OrganizationID, _ filter: TaskFilter, _ page: PageRequest<Int64>
    ) throws(StoreError) -> Page<BackgroundTask>
    /// What a task has found so far, as JSON objects in the order in which they were found; no more once `limit` bytes are exceeded.
    func taskResults(_ task: Int64, limit: Int) throws(StoreError) -> [[UInt8]]
    /// `TaskID.key` of all that are running.
    func runningTasks() throws(StoreError) -> [Int64]
}

/// Of all background tasks, replays included.
package struct TaskFilter: Hashable, Sendable {
    /// One that is paused is running; one that was cancelled has failed.
    package var state: BackgroundTask.State?
    /// `BackgroundTask.Kind` or `Replay.Task`.
    package var kind: String?

    package init(state: BackgroundTask.State? = nil, kind: String? = nil) {
        self.state = state
        self.kind = kind
    }

    /// nil for all.
    package var replayStates: [Replay.State]? {
        switch state {
        case nil: nil
        case .running: [.running, .paused]
        case .finished: [.finished]
        case .failed: [.cancelled]
        }
    }
}

package enum TaskCommand: Sendable {
    /// Answered by `.task`. Refused with a conflict when `Limits.tasksRunning` of the organization are running.
    case insert(BackgroundTask)
    /// Does the next part of a running task; one that isn't running stays as it is. Bounded by `Limits.taskStep`. Answered by
    /// `.stepped`.
    case step(Int64)
    /// It can't go on. Answered by `.task`.
    case fail(Int64)
    /// Removes up to `limit` tasks that ended before that moment, with what they found. Answered by `.count`; ask again until it is
    /// below the limit.
    case forget(endedBefore: Instant, limit: Int)
}

package enum TaskResult: Sendable {
    case task(BackgroundTask)
    /// Also the deliveries that were cancelled.
    case stepped(BackgroundTask, cancelled: [DeliveryKey])
    case count(Int)
}

/// Any background task.
package enum AnyTask: Sendable {
    case replay(Replay)
    case task(BackgroundTask)

    package var id: TaskID {
        switch self {
        case .replay(let replay): replay.id
        case .task(let task): task.id
        }
    }
}

extension Store {
    /// Tasks and replays, as one list.
    package func allTasks(
        _ organization: OrganizationID, _ filter: TaskFilter, _ page: PageRequest<Int64>
    ) throws(StoreError) -> Page<AnyTask> {
        let replays = try replays(organization, filter, page)
        let tasks = try tasks(organization, filter, page)
        let both = replays.items.map { AnyTask.replay($0) } + tasks.items.map { AnyTask.task($0) }
        let fetched = both.sorted { page.fetchesAscending ? $0.id < $1.id : $0.id > $1.id }
        var merged = page.page(fromFetched: fetched)
        merged.hasMore = merged.hasMore || replays.hasMore || tasks.hasMore
        return merged
    }

    package func anyTask(_ organization: OrganizationID, _ id: TaskID) throws(StoreError) -> AnyTask? {
        if let task = try task(organization, id) { return .task(task) }
        // The first that follows the key before its own.
        let page = PageRequest<Int64>(limit: 1, position: .after(id.key - 1), order: .ascending)
        return try replays(organization, TaskFilter(), page).items.first.flatMap { $0.id == id ? .replay($0) : nil }
    }
}
