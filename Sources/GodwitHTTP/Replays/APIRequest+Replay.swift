import GodwitCore
import GodwitEngine
import GodwitStore
import HTTPTypes

/// What the operations that start or show replays share.
extension APIRequest {
    /// Counts, and starts.
    func startReplay(
        _ endpoint: Endpoint, _ selection: ReplaySelection, rules: ReplayRules, pace: Int? = nil, task: Replay.Task
    ) async throws -> Replay {
        if endpoint.disabled {
            throw Problem(
                .badRequest, "endpoint_disabled", "The endpoint is disabled. Enable it first, with PATCH {\"disabled\": false}."
            )
        }
        let planned = try await countReplay(endpoint, selection, rules: rules)
        return try await start(
            Replay(
                id: engine.makeIdentifier(ReplayKind.self), application: endpoint.application, endpoint: endpoint.id.key,
                selection: selection, rules: rules, pace: pace, task: task, planned: planned, createdAt: now))
    }

    private func start(_ replay: Replay) async throws -> Replay {
        do throws(StoreError) {
            return try await engine.start(replay)
        } catch {
            let tooMany = "The endpoint has \(Limits.replaysPerEndpoint) replays under way. Wait for one, or cancel one."
            throw error.code == .conflict ? Problem.conflict(tooMany) : Problem(error)
        }
    }

    func countReplay(_ endpoint: Endpoint, _ selection: ReplaySelection, rules: ReplayRules) async throws -> Int {
        try await engine.read { store throws(StoreError) in
            try store.count(
                selection, rules: rules, application: endpoint.application, endpoint: endpoint.id.key,
                limit: Limits.replayCounted)
        }
    }

    func planReplay(_ endpoint: Endpoint, _ input: ReplayIn) async throws -> ReplayPlan {
        let count = try await countReplay(endpoint, input.selection, rules: input.rules)
        let filter = AttemptFilter(subject: .endpoint(endpoint.id.key))
        let recent = try await engine.read { store throws(StoreError) in
            try store.attempts(filter, PageRequest(limit: Limits.pageItemsDefault, order: .descending)).items
        }
        let lane = await engine.status(of: endpoint.id.key)
        let rate = ReplayPlan.rate(
            pace: input.pace, endpoint.policy.rateLimit, recent: recent.map(\.timings), concurrency: lane?.concurrency)
        return ReplayPlan(counted: count, limit: Limits.replayCounted, perSecond: rate)
    }
}
