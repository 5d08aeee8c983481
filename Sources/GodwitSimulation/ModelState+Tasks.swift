import GodwitCore
import GodwitStore

extension ModelState {
    mutating func change(_ command: StatisticsCommand) -> Int {
        switch command {
        case .fold(let before, let limit):
            let minutes = ledger.counters.keys.filter { $0.minute % 60 != 0 && $0.minute < before }.sorted().prefix(limit)
            for minute in minutes {
                if let counters = ledger.remove(minute) { ledger.add(counters, to: minute.hour) }
            }
            return minutes.count
        }
    }

    func statistics(endpoint: Int64, minutes: Range<Int64>) -> EndpointCounters {
        var sum = EndpointCounters()
        for (key, counters) in ledger.counters where key.endpoint == endpoint && minutes.contains(key.minute) {
            sum += counters
        }
        return sum
    }

    mutating func change(_ command: TaskCommand, at now: Instant) throws(StoreError) -> TaskResult {
        switch command {
        case .insert(let task):
            let running = tasks.values.count { $0.organization == task.organization && $0.state == .running }
            guard running < Limits.tasksRunning else { throw StoreError(.conflict, "too many tasks are running") }
            tasks[task.id.key] = task
            return .task(task)
        case .step(let key):
            var task = try found(task: key)
            guard task.state == .running else { return .stepped(task, cancelled: []) }
            let cancelled = step(&task, at: now)
            tasks[key] = task
            return .stepped(task, cancelled: cancelled)
        case .fail(let key):
            var task = try found(task: key)
            task.fail(at: now)
            tasks[key] = task
            return .task(task)
        case .forget(let endedBefore, let limit):
            let ended = tasks.values.filter { $0.state != .running && $0.updatedAt < endedBefore }
                .sorted { ($0.updatedAt, $0.id) < ($1.updatedAt, $1.id) }.prefix(limit)
            for task in ended {
                tasks[task.id.key] = nil
                taskResults[task.id.key] = nil
            }
            return .count(ended.count)
        }
    }

    private func found(task key: Int64) throws(StoreError) -> BackgroundTask {
        guard let task = tasks[key] else { throw StoreError(.notFound, "not found") }
        return task
    }

    private mutating func step(_ task: inout BackgroundTask, at now: Instant) -> [DeliveryKey] {
        guard case .purgeContent(let application) = task.work else {
            let (next, cursor, areLast) = nextApplications(of: task)
            for application in next {
                taskResults[task.id.key, default: [:]][application.id.key] = result(of: task, application)
            }
            task.stepped(done: next.count, cursor: cursor, isLast: areLast, at: now)
            return []
        }
        let end = task.id.key
        let next = messages.values
            .filter { $0.application == application && $0.id.key > task.cursor && $0.id.key < end }
            .sorted { $0.id < $1.id }.prefix(Limits.taskStep)
        let full = next.filter { $0.payload != nil }
        let cancelled = full.flatMap { expunge($0.id.key, at: now) }
        task.stepped(
            done: full.count, cursor: next.last?.id.key ?? task.cursor, isLast: next.count < Limits.taskStep, at: now)
        return cancelled
    }

    private func nextApplications(of task: BackgroundTask) -> (next: [Application], cursor: Int64, areLast: Bool) {
        let living = applications.filter { !$0.value.isDeleted && $0.value.value.organization == task.organization }
        var keys = living.keys.sorted()
        if case .applicationStatistics(let scope) = task.work, let chosen = scope.applications { keys = chosen }
        let ahead = keys.filter { $0 > task.cursor }
        let next = ahead.prefix(Limits.taskApplications)
        return (
            next.compactMap { living[$0]?.value }, next.last ?? task.cursor, ahead.count <= Limits.taskApplications
        )
    }

    private func result(of task: BackgroundTask, _ application: Application) -> [UInt8] {
        let own = endpoints.values.filter { $0.value.application == application.id.key }
        guard case .applicationStatistics(let scope) = task.work else {
            return JSONWriter.write(SubscribedEventTypes(application, own.filter { !$0.isDeleted }.map(\.value)))
        }
        let deliveries = own.map { statistics(endpoint: $0.value.id.key, minutes: scope.minutes).deliveries }
        return JSONWriter.write(ApplicationUsage(application, messageDestinations: deliveries.reduce(0, +)))
    }
}
