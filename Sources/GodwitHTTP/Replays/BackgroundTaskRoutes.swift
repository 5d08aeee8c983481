import GodwitCore
import GodwitEngine
import GodwitStore
import HTTPTypes

/// Replays by the names and shapes that the SDKs have for them.
struct BackgroundTaskRoutes {
    var routes: [Route] {
        [
            Route(.post, EndpointRoutes.path + "/recover", .application, recover),
            Route(.post, EndpointRoutes.path + "/replay-missing", .application, replayMissing),
            Route(.post, EndpointRoutes.path + "/bulk-replay", .application, bulkReplay),
            Route(.get, "/background-task", .organization, list),
            Route(.get, "/background-task/{task_id}", .organization, get),
        ]
    }

    /// What failed, as it was sent.
    private func recover(_ request: APIRequest) async throws -> Answer {
        let endpoint = try await request.endpoint()
        let span = try request.readBody { ReplaySpan(&$0, at: request.now) }
        let selection = ReplaySelection(since: span.since, until: span.until, which: .failed)
        return started(try await request.startReplay(endpoint, selection, rules: .asSent, task: .recover))
    }

    /// What was never sent to the endpoint, and would be today.
    private func replayMissing(_ request: APIRequest) async throws -> Answer {
        let endpoint = try await request.endpoint()
        let span = try request.readBody { ReplaySpan(&$0, at: request.now) }
        let selection = ReplaySelection(since: span.since, until: span.until, which: .missing)
        return started(try await request.startReplay(endpoint, selection, rules: .today, task: .replay))
    }

    private func bulkReplay(_ request: APIRequest) async throws -> Answer {
        let endpoint = try await request.endpoint()
        let selection = try request.readBody { reader in
            let span = ReplaySpan(&reader, at: request.now)
            reader.refuse("statusCodeClass")
            return ReplaySelection(
                since: span.since, until: span.until, which: reader.which(),
                eventTypes: reader.set("eventTypes", of: .name, atMost: Limits.requestItems).value,
                channel: reader.optional("channel", .channel), tag: reader.optional("tag", .tag))
        }
        return started(try await request.startReplay(endpoint, selection, rules: .asSent, task: .bulkReplay))
    }

    private func started(_ replay: Replay) -> Answer {
        Answer(.accepted, BackgroundTaskOut(replay: replay, withData: false))
    }

    private func list(_ request: APIRequest) async throws -> Answer {
        let (page, status, task) = try request.readQuery { query in
            (
                query.page(order: .descending) { ReplayID($0)?.key },
                query.value("status", expecting: "running, finished or failed", BackgroundTaskOut.Status.init),
                query.value("task", expecting: "the name of a kind of task") { Name.isValid($0) ? $0 : nil }
            )
        }
        let organization = request.organization
        let found = try await request.engine.read { store throws(StoreError) in try store.replays(organization, page) }
        return Answer(
            .ok,
            ListAnswer(found, iterator: \.id.description) { replay -> BackgroundTaskOut? in
                let shown = BackgroundTaskOut(replay: replay, withData: true)
                guard status.map({ $0 == shown.status }) ?? true, task.map({ $0 == replay.task.rawValue }) ?? true else {
                    return nil
                }
                return shown
            })
    }

    private func get(_ request: APIRequest) async throws -> Answer {
        guard let id = ReplayID(request.parameter("task_id")) else { throw Problem.notFound }
        let organization = request.organization
        // The first that follows the key before its own.
        let page = PageRequest<Int64>(limit: 1, position: .after(id.key - 1), order: .ascending)
        let found = try await request.engine.read { store throws(StoreError) in try store.replays(organization, page) }
        guard let replay = found.items.first, replay.id == id else { throw Problem.notFound }
        return Answer(.ok, BackgroundTaskOut(replay: replay, withData: true))
    }
}

extension JSONReader {
    /// Of the statuses that the SDKs know, those that a delivery can be replayed from.
    fileprivate mutating func which() -> ReplaySelection.Which {
        switch optional("status", .int(in: 0...4)) {
        case nil: return .all
        case AttemptStatus.success.rawValue?: return .delivered
        case AttemptStatus.fail.rawValue?: return .deadLetters
        default:
            fail("status", "expected 0 (success) or 2 (fail): what is still to be sent needs no replay")
            return .all
        }
    }
}
