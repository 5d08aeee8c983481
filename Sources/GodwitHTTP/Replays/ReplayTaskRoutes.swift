import GodwitCore
import GodwitEngine
import GodwitStore
import HTTPTypes

/// Replays by the names and shapes that the SDKs have for them.
struct ReplayTaskRoutes {
    var routes: [Route] {
        [
            Route(.post, EndpointRoutes.path + "/recover", .application, recover),
            Route(.post, EndpointRoutes.path + "/replay-missing", .application, replayMissing),
            Route(.post, EndpointRoutes.path + "/bulk-replay", .application, bulkReplay),
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
            return ReplaySelection(
                since: span.since, until: span.until, which: reader.which(),
                eventTypes: reader.set("eventTypes", of: .name, atMost: Limits.requestItems).value,
                channel: reader.optional("channel", .channel), tag: reader.optional("tag", .tag),
                statusClass: reader.optional("statusCodeClass", .statusCodeClass))
        }
        return started(try await request.startReplay(endpoint, selection, rules: .asSent, task: .bulkReplay))
    }

    private func started(_ replay: Replay) -> Answer { Answer(.accepted, StartedTask(.replay(replay))) }
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

extension JSONShape where Value == Int {
    fileprivate static var statusCodeClass: Self {
        int(in: 0...500).checked { [0, 100, 200, 300, 400, 500].contains($0) ? nil : "expected 0, 100, 200, 300, 400 or 500" }
    }
}
