import GodwitCore
import GodwitStore

extension SimulatedWorld {
    mutating func misfortune() throws {
        if happens(faults.crash) { try crash() }
        guard happens(faults.endpointChange * 10) else { return }
        guard let key = endpointsByKey.keys.sorted().randomElement(using: &random), let endpoint = endpointsByKey[key] else {
            return
        }
        switch chance(4) {
        case 0:
            let reference = Reference.id(key: key, text: endpoint.id.description)
            write(.catalog(.deleteEndpoint(application: application.id.key, reference)))
            try createEndpoint()
        case 1: setDisabled(key, true)
        default: setDisabled(key, false)
        }
    }

    mutating func setDisabled(_ key: Int64, _ disabled: Bool) {
        write(.catalog(.changeEndpointByKey(key) { $0.disabled = disabled }))
    }

    mutating func createEndpoint() throws {
        let endpoint = Endpoint(
            id: identifiers.next(EndpointKind.self, at: now, using: &random), application: application.id.key,
            url: "https://example.com/", secrets: [], createdAt: now, updatedAt: now)
        _ = try store.commit([.catalog(.insertEndpoint(endpoint))], at: now)
        endpointsByKey[endpoint.id.key] = endpoint
        perform(core.step(.endpointChanged(endpoint: endpoint.id.key, disabled: false), at: now))
    }

    /// What was not committed is gone, and so is everything that the node had in memory; requests on the wire may still have arrived.
    mutating func crash() throws {
        note("crash")
        writing = []
        overflowing = []
        queue.removeAll { event in
            switch event {
            case .answer, .written, .rewrite, .wake: true
            case .publish, .misfortune: false
            }
        }
        invariants.crashed()
        lease = try store.begin(at: now)
        core = Self.core(lease: lease, seed: random.next())
        let former = endpointsByKey.keys.sorted()
        endpointsByKey = Dictionary(uniqueKeysWithValues: try store.allEndpoints().map { ($0.id.key, $0) })
        for key in former where endpointsByKey[key] == nil { invariants.deleted(key) }
        for key in endpointsByKey.keys.sorted() {
            perform(core.step(.endpointChanged(endpoint: key, disabled: endpointsByKey[key]?.disabled ?? true), at: now))
        }
        for key in try store.deletedEndpointsWithBacklog().sorted() {
            write(.catalog(.cancelWaiting(endpoint: key, limit: 100)))
        }
        for (key, due) in try store.backlog().sorted(by: { $0.endpoint < $1.endpoint }) {
            perform(core.step(.waiting(endpoint: key, due: due), at: now))
        }
    }
}
