import GodwitCore
import GodwitStore

extension SimulatedWorld {
    mutating func misfortune() throws {
        if happens(faults.crash) { try crash() }
        guard happens(faults.endpointChange * 10) else { return }
        guard let key = endpointsByKey.keys.sorted().randomElement(using: &random), let endpoint = endpointsByKey[key] else {
            return
        }
        let lastMessage = invariants.someMessage(using: &random)
        switch chance(8) {
        case 0:
            let reference = Reference.id(key: key, text: endpoint.id.description)
            write(.catalog(.deleteEndpoint(application: application.id.key, reference)))
            try createEndpoint(policy: endpoint.policy)
        case 4, 5:
            guard let message = lastMessage else { return }
            let reference = Reference.id(key: message.key, text: message.description)
            write(.catalog(.cancelMessage(application: application.id.key, reference)))
        case 6: if let message = lastMessage { write(.catalog(.resend(DeliveryKey(message: message.key, endpoint: key)))) }
        case 7: write(.catalog(.releaseLines(endpoint: key, message: nil, limit: 100)))
        case 1: setDisabled(key, true)
        default: setDisabled(key, false)
        }
    }

    mutating func setDisabled(_ key: Int64, _ disabled: Bool) {
        write(.catalog(.changeEndpointByKey(key) { $0.disabled = disabled }))
    }

    mutating func releaseAllLines() {
        for key in endpointsByKey.keys.sorted() { write(.catalog(.releaseLines(endpoint: key, message: nil, limit: 10_000))) }
    }

    mutating func createEndpoint(policy: DeliveryPolicy) throws {
        let endpoint = Endpoint(
            id: identifiers.next(EndpointKind.self, at: now, using: &random), application: application.id.key,
            url: "https://example.com/", policy: policy, secrets: [], createdAt: now, updatedAt: now)
        _ = try store.commit([.catalog(.insertEndpoint(endpoint))], at: now)
        endpointsByKey[endpoint.id.key] = endpoint
        try perform(core.step(.endpointChanged(profile(of: endpoint)), at: now))
    }

    func profile(of endpoint: Endpoint) -> EndpointProfile {
        // Two hosts, so that endpoints share them.
        EndpointProfile(
            endpoint: endpoint.id.key, application: endpoint.application, host: "host \(endpoint.id.key % 2)",
            disabled: endpoint.disabled, policy: endpoint.policy, failing: endpoint.failing, updatedAt: endpoint.updatedAt)
    }

    /// What was not committed is gone, and so is everything that the node had in memory; requests on the wire may still have arrived.
    mutating func crash() throws {
        note("crash")
        writing = []
        overflowing = []
        queue.removeAll { event in
            switch event {
            case .answer, .written, .rewrite, .wake, .permits, .permitted: true
            case .publish, .misfortune: false
            }
        }
        budget = ApplicationBudget(Self.rateLimit, at: now)
        permitsWanted = nil
        lease = try store.begin(at: now)
        try invariants.crashed(store)
        core = Self.core(lease: lease, seed: random.next())
        try announceLimit()
        let former = endpointsByKey.keys.sorted()
        endpointsByKey = Dictionary(uniqueKeysWithValues: try store.allEndpoints().map { ($0.id.key, $0) })
        for key in former where endpointsByKey[key] == nil { invariants.deleted(key) }
        for key in endpointsByKey.keys.sorted() {
            if let endpoint = endpointsByKey[key] { try perform(core.step(.endpointChanged(profile(of: endpoint)), at: now)) }
        }
        for key in try store.deletedEndpointsWithBacklog().sorted() {
            write(.catalog(.cancelWaiting(endpoint: key, limit: 100)))
        }
        for (key, due) in try store.backlog().sorted(by: { $0.endpoint < $1.endpoint }) {
            try perform(core.step(.waiting(endpoint: key, due: due), at: now))
        }
    }
}
