import GodwitCore
import GodwitEngine
import GodwitStore
import HTTPTypes

/// What is under way, or was, for an organization.
struct BackgroundTaskRoutes {
    var routes: [Route] {
        [
            Route(.get, "/background-task", .organization, list),
            Route(.get, "/background-task/{task_id}", .organization, get),
            Route(.post, "/app/{app_id}/msg/expunge-all-contents", .organization, expungeAll),
        ]
    }

    private func list(_ request: APIRequest) async throws -> Answer {
        let (page, filter) = try request.readQuery { query in
            (
                query.page(order: .descending) { TaskID($0)?.key },
                TaskFilter(
                    state: query.value("status", expecting: "running, finished or failed", BackgroundTask.State.init),
                    kind: query.value("task", expecting: "the name of a kind of task") { Name.isValid($0) ? $0 : nil })
            )
        }
        let organization = request.organization
        let limit = Limits.taskResultBytesInLists
        let found = try await request.engine.read { store throws(StoreError) in
            let found = try store.allTasks(organization, filter, page)
            var reports: [TaskReport] = []
            for task in found.items {
                reports.append(
                    TaskReport(task, results: try store.taskResults(task.id.key, limit: limit), limit: limit))
            }
            return Page(items: reports, hasMore: found.hasMore)
        }
        return Answer(.ok, ListAnswer(found, iterator: \.id.description) { BackgroundTaskOut(report: $0) })
    }

    private func get(_ request: APIRequest) async throws -> Answer {
        guard let id = TaskID(request.parameter("task_id")) else { throw Problem.notFound }
        let organization = request.organization
        let found = try await request.engine.read { store throws(StoreError) -> TaskReport? in
            guard let task = try store.anyTask(organization, id) else { return nil }
            let limit = Limits.taskResultBytes
            return TaskReport(task, results: try store.taskResults(id.key, limit: limit), limit: limit)
        }
        guard let found else { throw Problem.notFound }
        return Answer(.ok, BackgroundTaskOut(report: found))
    }

    private func expungeAll(_ request: APIRequest) async throws -> Answer {
        let application = try request.application().application.id.key
        return Answer(.accepted, StartedTask(.task(try await request.start(.purgeContent(application: application)))))
    }
}

extension APIRequest {
    func start(_ work: BackgroundTask.Work) async throws -> BackgroundTask {
        let task = BackgroundTask(
            id: engine.makeIdentifier(ReplayKind.self), organization: organization, work: work, createdAt: now)
        do throws(StoreError) {
            return try await engine.start(task)
        } catch {
            guard error.code == .conflict else { throw error }
            throw Problem.limitReached(
                "\(Limits.tasksRunning) background tasks are running. Start this one when one of them has ended.")
        }
    }
}
