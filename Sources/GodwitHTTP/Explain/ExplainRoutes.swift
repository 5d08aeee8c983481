import GodwitCore
import GodwitEngine
import GodwitStore
import HTTPTypes

struct ExplainRoutes {
    var routes: [Route] {
        [
            Route(.get, "/app/{app_id}/msg/{msg_id}/explain", .application, explain),
            Route(.get, "/app/{app_id}/msg/{msg_id}/endpoint", .application, destinations),
        ]
    }

    private func explain(_ request: APIRequest) async throws -> Answer {
        let scene = try await MessageScene.find(request, withAttempts: true)
        let identities = try await AttemptIdentities.find(scene.attempts, request)
        let attempts = Dictionary(grouping: scene.attempts.reversed(), by: \.delivery.endpoint)
        var endpoints: [EndpointExplanationOut] = []
        for place in scene.endpoints {
            let lane = await request.engine.status(of: place.endpoint.id.key)
            let records = attempts[place.endpoint.id.key] ?? []
            let facts = Explanation.Facts(
                message: scene.message, endpoint: place.endpoint, deletedAt: place.deletedAt,
                subscription: place.subscription, delivery: place.delivery?.machine,
                head: place.head.map { ($0.message, $0.delivery.machine) }, lane: lane, lastAttempt: records.last,
                now: request.now)
            endpoints.append(
                EndpointExplanationOut(
                    scene: place, explanation: .of(facts), lane: lane,
                    attempts: records.compactMap { AttemptOut($0, identities, withContent: true) },
                    schedule: request.schedule(of: place, scene.message)))
        }
        return Answer(
            .ok,
            ExplanationOut(message: scene.message, endpoints: endpoints, attemptsAreComplete: !scene.hasMoreAttempts),
            reserving: 4096)
    }

    /// Where the message went, or goes.
    private func destinations(_ request: APIRequest) async throws -> Answer {
        let page = try request.readQuery { query in
            query.page(order: PageRequest<Int64>.Order.ascending, orderIsFixed: true) { EndpointID($0)?.key }
        }
        let scene = try await MessageScene.find(request, withAttempts: false)
        let found = page.page(of: scene.endpoints.filter { $0.delivery != nil }, key: \.endpoint.id.key)
        return Answer(
            .ok,
            ListAnswer(found, iterator: \.endpoint.id.description) { place in
                place.delivery.map {
                    DestinationOut(
                        endpoint: place.endpoint, machine: $0.machine, sequence: $0.sequence,
                        remainingSchedule: request.schedule(of: place, scene.message))
                }
            })
    }
}

extension APIRequest {
    fileprivate func schedule(of place: MessageScene.ScenicEndpoint, _ message: Message) -> [Instant] {
        guard let machine = place.delivery?.machine else { return [] }
        let policy = place.endpoint.policy.retry(of: message.eventType) ?? engine.standardRetry
        return RemainingSchedule.times(machine, of: message, policy, at: now)
    }
}

extension PageRequest where Key: Comparable {
    /// The page of a list that is in memory as a whole, in ascending order.
    func page<Item>(of items: [Item], key: (Item) -> Key) -> Page<Item> {
        switch position {
        case .start: return page(fromFetched: Array(items.prefix(limit + 1)))
        case .after(let place): return page(fromFetched: Array(items.drop { key($0) <= place }.prefix(limit + 1)))
        case .before(let place):
            return page(fromFetched: Array(items.prefix { key($0) < place }.reversed().prefix(limit + 1)))
        }
    }
}
