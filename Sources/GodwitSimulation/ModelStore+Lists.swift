package import GodwitCore
package import GodwitStore
import Synchronization

extension ModelStore {
    package func endpointMessages(
        endpoint: Int64, _ filter: EndpointMessageFilter, _ page: PageRequest<Int64>
    ) -> Page<EndpointMessage> {
        let keys = KeyRange(after: filter.messages.after, before: filter.messages.before)
        let found = state.withLock { state in
            state.deliveries.values
                .filter { $0.key.endpoint == endpoint && keys.contains($0.key.message) && filter.isInSource($0.machine) }
                .compactMap { delivery in
                    state.messages[delivery.key.message].map { EndpointMessage(delivery: delivery, message: $0) }
                }
        }
        let scanned = page.scanned(found, key: \.message.id.key, passes: filter.isNone ? nil : { filter.passes($0) })
        var size = MessagePageSize()
        var rows: [EndpointMessage] = []
        for row in scanned.rows {
            rows.append(row)
            if size.isFull(with: row.message) { break }
        }
        return size.page(rows, page, lookedUpTo: scanned.horizon)
    }

    package func messageHeads(_ keys: Set<Int64>) -> [Int64: Message] {
        state.withLock { $0.messages.filter { keys.contains($0.key) }.mapValues(\.withoutPayload) }
    }

    package func statistics(endpoint: Int64, minutes: Range<Int64>) -> EndpointCounters {
        state.withLock { $0.statistics(endpoint: endpoint, minutes: minutes) }
    }

    package func task(_ organization: OrganizationID, _ id: TaskID) -> BackgroundTask? {
        let found = state.withLock { $0.tasks[id.key] }
        return found.flatMap { $0.id == id && $0.organization == organization ? $0 : nil }
    }

    package func tasks(
        _ organization: OrganizationID, _ filter: TaskFilter, _ page: PageRequest<Int64>
    ) -> Page<BackgroundTask> {
        let tasks = state.withLock { state in
            state.tasks.values.filter { task in
                task.organization == organization && (filter.state == nil || task.state == filter.state)
                    && (filter.kind == nil || task.kind.rawValue == filter.kind)
            }
        }
        return page.page(of: tasks, key: \.id.key)
    }

    package func taskResults(_ task: Int64, limit: Int) -> [[UInt8]] {
        let items = state.withLock { $0.taskResults[task] ?? [:] }.sorted { $0.key < $1.key }.map(\.value)
        var bytes = 0
        var results: [[UInt8]] = []
        for item in items where bytes <= limit {
            results.append(item)
            bytes += item.count
        }
        return results
    }

    package func runningTasks() -> [Int64] {
        state.withLock { state in state.tasks.filter { $0.value.state == .running }.keys.sorted() }
    }
}

extension EndpointMessageFilter {
    /// Whether the index by which a list goes gives it.
    fileprivate func isInSource(_ machine: DeliveryStateMachine) -> Bool {
        status == .fail || status == .sending ? machine.status == status : true
    }

    fileprivate func passes(_ row: EndpointMessage) -> Bool {
        (status == nil || row.delivery.machine.status == status) && messages.passes(row.message)
    }
}
