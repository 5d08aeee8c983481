import GodwitCore
import GodwitEngine
import GodwitStore
import HTTPTypes

/// How deliveries to one endpoint are made: `DeliveryPolicy`.
struct EndpointPolicyRoutes {
    private static let path = EndpointRoutes.path + "/policy"

    var routes: [Route] {
        [
            Route(.get, Self.path, .application) { Answer(.ok, PolicyOut(try await $0.endpoint().policy, $0.engine)) },
            Route(.put, Self.path, .application, put),
            Route(.patch, Self.path, .application, patch),
        ]
    }

    private func put(_ request: APIRequest) async throws -> Answer {
        let policy = try PolicyInput.policy(request.body)
        return try await change(request) { $0 = policy }
    }

    private func patch(_ request: APIRequest) async throws -> Answer {
        let patch = PolicyInput.withoutEffective(request.body)
        // Tried before the change, so that a refusal can say why; and carried out on what stands by then, so that two at once both
        // count. The second of two that contradict each other changes nothing.
        try PolicyInput.check(try await request.endpoint().policy.merging(patch))
        return try await change(request) { policy in
            if let merged = try? policy.merging(patch), (try? PolicyInput.check(merged)) != nil { policy = merged }
        }
    }

    private func change(
        _ request: APIRequest, _ edit: @escaping @Sendable (inout DeliveryPolicy) -> Void
    ) async throws -> Answer {
        let reference = try request.reference("endpoint_id", EndpointKind.self)
        let changed = try await request.changeEndpoint(try request.application().application, reference) { edit(&$0.policy) }
        return Answer(.ok, PolicyOut(changed.policy, request.engine))
    }
}
