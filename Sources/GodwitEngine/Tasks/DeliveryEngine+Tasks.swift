package import GodwitCore
package import GodwitStore
import Logging
import NIOCore

/// Background tasks go on step by step, each step one small transaction between those of the deliveries.
extension DeliveryEngine {
    package func start(_ task: BackgroundTask) async throws(StoreError) -> BackgroundTask {
        guard case .task(.task(let task)) = try await change(.task(.insert(task))) else {
            throw StoreError(.unusable, "the store answered a task with something else")
        }
        stepTask(task.id.key, after: .zero)
        return task
    }

    func resumeTasks() async throws(StoreError) {
        for task in try await read({ store throws(StoreError) in try store.runningTasks() }) { stepTask(task, after: .zero) }
    }

    /// Only one node goes on with tasks; another one that has begun this looks for it.
    func stepTask(_ task: Int64, after delay: TimeAmount) {
        guard node.view.keepsHouse, tasks.begin(task) else { return }
        _ = shards[0].eventLoop.scheduleTask(in: delay) { [self] in
            submit(.task(.step(task))) { [self] result in
                tasks.end(task)
                switch result {
                case .success(.task(.stepped(let task, let cancelled))):
                    withdraw(cancelled)
                    if task.state == .running { stepTask(task.id.key, after: .zero) } else { finished(.task(task)) }
                case .success: break
                case .failure(let error) where error.code == .notFound: break
                case .failure(let error) where error.code == .unusable: fail(task, error)
                case .failure(let error):
                    logger.warning("a task could not go on yet", metadata: ["error": "\(error)"])
                    stepTask(task, after: DeliveryShard.rewriteDelay)
                }
            }
        }
    }

    private func fail(_ task: Int64, _ error: StoreError) {
        logger.error("a task failed", metadata: ["error": "\(error)"])
        submit(.task(.fail(task))) { [self] result in
            if case .success(.task(.task(let task))) = result { finished(.task(task)) }
        }
    }

    /// Tells the organization of a task that has come to its end.
    func finished(_ task: AnyTask) {
        let organization: OrganizationID
        switch task {
        case .task(let task): organization = task.organization
        case .replay(let replay):
            guard let application = catalogue.application(replay.application)?.application else { return }
            organization = application.organization
        }
        guard hasOperationalEndpoints(organization) else { return }
        Task {
            let results = try? await read { store throws(StoreError) in
                try store.taskResults(task.id.key, limit: Limits.taskResultBytesInLists)
            }
            tell(
                .taskFinished(
                    organization, TaskReport(task, results: results ?? [], limit: Limits.taskResultBytesInLists)))
        }
    }
}
