import GodwitCore
import GodwitStore

/// Changes of what is registered, inside a transaction. A refusal is thrown as `.conflict` or `.notFound`.
extension SQLConnection {
    func change(_ command: CatalogCommand, at now: Instant) throws(StoreError) -> CatalogResult {
        switch command {
        case .insertApplication(let application):
            try run(InsertApplication(application: application))
            return .application(application)
        case .changeApplication(let organization, let reference, let change):
            var application = try found(self.application(organization, reference), "application")
            change(&application)
            try run(UpdateApplication(application: application))
            return .application(application)
        case .deleteApplication(let organization, let reference):
            let application = try found(self.application(organization, reference), "application")
            try run(DeleteApplication(key: application.id.key, now: now))
            let endpoints = try all(DeleteEndpointsOfApplication(application: application.id.key, now: now))
            for endpoint in endpoints { try run(ForgetConsumers(endpoint: endpoint)) }
            return .deletedApplication(application, endpoints: endpoints.sorted())

        case .insertEndpoint(let endpoint):
            _ = try found(first(ApplicationExists(key: endpoint.application)), "application")
            try run(InsertEndpoint(endpoint: endpoint))
            return .endpoint(endpoint)
        case .changeEndpoint(let application, let reference, let change):
            return try self.change(found(endpoint(application: application, reference), "endpoint"), change, at: now)
        case .changeEndpointByKey(let key, let change):
            return try self.change(found(first(FindEndpointByKey(key: key)), "endpoint"), change, at: now)
        case .deleteEndpoint(let application, let reference):
            let endpoint = try found(endpoint(application: application, reference), "endpoint")
            try run(DeleteEndpoint(key: endpoint.id.key, now: now))
            try run(ForgetConsumers(endpoint: endpoint.id.key))
            return .endpoint(endpoint)
        case .expungePayloads(let limit):
            return .count(try run(ExpungePayloads(now: now, limit: limit)))
        case .cancelWaiting(let endpoint, let limit):
            return .count(try cancelWaiting(endpoint: endpoint, limit: limit, at: now))

        case .insertEventType(let eventType):
            try run(InsertEventType(eventType: eventType))
            return .eventType(eventType)
        case .changeEventType(let organization, let name, let change):
            var eventType = try found(first(FindEventType(organization: organization, name: name)), "event type")
            change(&eventType)
            try run(UpdateEventType(eventType: eventType))
            return .eventType(eventType)
        case .expungeEventType(let organization, let name):
            let removed = try run(ExpungeEventType(organization: organization, name: name))
            guard removed == 1 else { throw StoreError(.notFound, "event type not found") }
            return .done

        case .resend(let key):
            return .resend(try resend(key, at: now))
        case .cancelMessage(let application, let reference):
            return try cancelMessage(found(message(application: application, reference), "message").id.key, at: now)
        case .releaseLines(let endpoint, let message, let limit):
            return .count(try releaseLines(endpoint: endpoint, message: message, limit: limit))

        case .insertReplay(let replay):
            return .replay(try insert(replay))
        case .changeReplay(let application, let reference, let change):
            var replay = try found(self.replay(application: application, reference), "replay")
            guard change(&replay) else { throw StoreError(.conflict, "this replay is \(replay.state.rawValue)") }
            try run(UpdateReplay(replay: replay))
            return .replay(replay)
        case .token(let command):
            return .token(try change(command, at: now))
        case .consumer(let command):
            return .consumer(try change(command, at: now))
        case .statistics(let command):
            return .count(try change(command))
        case .retention(let command):
            return .retention(try change(command, at: now))
        case .task(let command):
            return .task(try change(command, at: now))
        case .content(let command):
            return .content(try change(command, at: now))
        case .stepReplay, .rememberResponse, .setSettingOnce, .node:
            throw StoreError(.unusable, "this command is the writer's")
        }
    }

    private func change(
        _ former: Endpoint, _ change: (inout Endpoint) -> Void, at now: Instant
    ) throws(StoreError) -> CatalogResult {
        var endpoint = former
        change(&endpoint)
        try run(UpdateEndpoint(endpoint: endpoint))
        if endpoint.subscription != former.subscription { try keep(former, until: now) }
        return .endpoint(endpoint)
    }

    private func cancelMessage(_ message: Int64, at now: Instant) throws(StoreError) -> CatalogResult {
        try run(WithdrawMessage(key: message, now: now))
        return .cancelledMessage(message, endpoints: try cancelDeliveries(of: message, at: now).map(\.endpoint))
    }

    /// Refused when there is nothing to send any more: the attempt would only turn what is finished into something cancelled.
    private func resend(_ key: DeliveryKey, at now: Instant) throws(StoreError) -> DeliveryStateMachine.ResendAction {
        _ = try found(first(FindEndpointByKey(key: key.endpoint)), "endpoint")
        let former = try found(first(Locked(FindDelivery(key: key))), "delivery")
        guard try first(MayBeSent(key: key.message, now: now)) != nil else { return .refused }
        var machine = former
        let action = machine.resend(at: now)
        if action == .due { try replace(key, former, with: machine) }
        return action
    }

    func found<Value>(_ value: Value?, _ name: String) throws(StoreError) -> Value {
        guard let value else { throw StoreError(.notFound, "\(name) not found") }
        return value
    }
}
