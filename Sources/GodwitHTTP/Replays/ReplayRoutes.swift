import GodwitCore
import GodwitEngine
import GodwitStore
import HTTPTypes

struct ReplayRoutes {
    private static let path = EndpointRoutes.path + "/replay"
    private static let one = path + "/{replay_id}"

    var routes: [Route] {
        [
            Route(.get, Self.path, .application, list),
            Route(.post, Self.path, .application, start),
            Route(.get, Self.one, .application, get),
            Route(.post, Self.one + "/pause", .application) { try await change($0) { $0.pause(at: $1) } },
            Route(.post, Self.one + "/resume", .application) { try await change($0) { $0.resume(at: $1) } },
            Route(.post, Self.one + "/cancel", .application) { try await change($0) { $0.cancel(at: $1) } },
        ]
    }

    private func list(_ request: APIRequest) async throws -> Answer {
        let page = try request.readQuery { $0.page(order: .descending) { ReplayID($0)?.key } }
        let endpoint = try await request.endpoint()
        let found = try await request.engine.read { store throws(StoreError) in
            try store.replays(application: endpoint.application, endpoint: endpoint.id.key, page)
        }
        return Answer(
            .ok, ListAnswer(found, iterator: \.id.description) { ReplayOut(replay: $0, endpoint: endpoint.id) })
    }

    private func start(_ request: APIRequest) async throws -> Answer {
        let endpoint = try await request.endpoint()
        let input = try request.readBody { ReplayIn(&$0, at: request.now) }
        if input.plan { return Answer(.ok, try await request.planReplay(endpoint, input)) }
        let replay = try await request.startReplay(
            endpoint, input.selection, rules: input.rules, pace: input.pace, task: .replay)
        return Answer(.accepted, ReplayOut(replay: replay, endpoint: endpoint.id))
    }

    private func get(_ request: APIRequest) async throws -> Answer {
        let endpoint = try await request.endpoint()
        return Answer(.ok, ReplayOut(replay: try await replay(request, of: endpoint), endpoint: endpoint.id))
    }

    private func change(
        _ request: APIRequest, _ edit: @escaping @Sendable (inout Replay, Instant) -> Bool
    ) async throws -> Answer {
        let endpoint = try await request.endpoint()
        let found = try await replay(request, of: endpoint)
        let now = request.now
        do {
            let changed = try await request.engine.changeReplay(
                application: endpoint.application, .id(key: found.id.key, text: found.id.description)
            ) { edit(&$0, now) }
            return Answer(.ok, ReplayOut(replay: changed, endpoint: endpoint.id))
        } catch  where error.code == .conflict {
            throw Problem.conflict("The replay is over: it was finished or cancelled.")
        }
    }

    private func replay(_ request: APIRequest, of endpoint: Endpoint) async throws -> Replay {
        let reference = try request.reference("replay_id", ReplayKind.self)
        let found = try await request.engine.read { store throws(StoreError) in
            try store.replay(application: endpoint.application, reference)
        }
        guard let found, found.endpoint == endpoint.id.key else { throw Problem.notFound }
        return found
    }
}
