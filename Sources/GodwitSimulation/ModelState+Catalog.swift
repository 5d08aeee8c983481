import GodwitCore
import GodwitStore

/// Changes of what is registered, and of what was published.
extension ModelState {
    mutating func change(_ command: CatalogCommand, at now: Instant) throws(StoreError) -> CatalogResult {
        switch command {
        case .insertApplication(let application):
            try put(application)
            return .application(application)
        case .changeApplication(let organization, let reference, let change):
            var application = try found(self.application(organization, reference))
            change(&application)
            try put(application)
            return .application(application)
        case .deleteApplication(let organization, let reference):
            let application = try found(self.application(organization, reference))
            applications[application.id.key]?.deletedAt = now
            let keys = endpoints.values.filter { !$0.isDeleted && $0.value.application == application.id.key }
                .map(\.value.id.key).sorted()
            for key in keys { endpoints[key]?.deletedAt = now }
            return .deletedApplication(application, endpoints: keys)

        case .insertEndpoint(let endpoint):
            guard applications[endpoint.application]?.isDeleted == false else { throw StoreError(.notFound, "not found") }
            try put(endpoint)
            return .endpoint(endpoint)
        case .changeEndpoint(let application, let reference, let change):
            return try self.change(found(endpoint(application: application, reference)), change, at: now)
        case .changeEndpointByKey(let key, let change):
            return try self.change(found(endpoint(key)), change, at: now)
        case .deleteEndpoint(let application, let reference):
            let endpoint = try found(endpoint(application: application, reference))
            endpoints[endpoint.id.key]?.deletedAt = now
            return .endpoint(endpoint)
        case .expungePayloads(let limit):
            let expired = messages.values.filter { $0.payload != nil && $0.payloadExpiresAt <= now }
                .sorted { $0.payloadExpiresAt < $1.payloadExpiresAt }.prefix(limit)
            for message in expired { messages[message.id.key] = message.withoutPayload }
            return .count(expired.count)
        case .cancelWaiting(let endpoint, let limit):
            guard self.endpoint(endpoint) == nil else { return .count(0) }
            let cancelled = waiting(endpoint: endpoint).prefix(limit)
            for delivery in cancelled {
                var machine = delivery.machine
                _ = machine.cancel(at: now)
                put(delivery.key, delivery.sequence, machine)
            }
            return .count(cancelled.count)

        case .insertEventType(let eventType):
            let key = EventTypeKey(organization: eventType.organization, name: eventType.name)
            guard eventTypes[key] == nil else { throw StoreError(.conflict, "taken") }
            eventTypes[key] = eventType
            return .eventType(eventType)
        case .changeEventType(let organization, let name, let change):
            let key = EventTypeKey(organization: organization, name: name)
            var eventType = try found(eventTypes[key])
            change(&eventType)
            eventTypes[key] = eventType
            return .eventType(eventType)
        case .expungeEventType(let organization, let name):
            _ = try found(eventTypes.removeValue(forKey: EventTypeKey(organization: organization, name: name)))
            return .done

        case .resend(let key): return .resend(try resend(key, at: now))
        case .cancelMessage(let application, let reference):
            return cancel(try found(message(application: application, reference)).id.key, at: now)
        case .releaseLines(let endpoint, let message, let limit):
            return .count(releaseLines(endpoint: endpoint, message: message, limit: limit))

        case .insertReplay(let replay):
            _ = try found(endpoint(replay.endpoint))
            let underWay = replays.values.filter { $0.endpoint == replay.endpoint && !$0.state.isOver }.count
            guard underWay < Limits.replaysPerEndpoint else { throw StoreError(.conflict, "too many replays") }
            replays[replay.id.key] = replay
            return .replay(replay)
        case .changeReplay(let application, let reference, let change):
            var replay = try found(self.replay(application: application, reference))
            guard change(&replay) else { throw StoreError(.conflict, "the replay is over") }
            replays[replay.id.key] = replay
            return .replay(replay)
        case .stepReplay(let key):
            return .replay(step(try found(replays[key]), at: now))

        case .consumer(let command): return .consumer(try change(command, at: now))
        case .statistics(let command): return .count(change(command))
        case .retention(let command): return .retention(change(command, at: now))
        case .node(let command): return .node(change(command, at: now))
        case .task(let command): return .task(try change(command, at: now))
        case .content(let command): return .content(try change(command, at: now))
        case .token(let command):
            let applications = applications
            return .token(
                try access.change(command, at: now) { applications[$0].map { !$0.isDeleted } ?? false })

        case .rememberResponse(let key, let response):
            if fresh(key.scope, since: now + (.zero - Limits.idempotencyAge)) == nil {
                remember(key, .response(response), at: now)
            }
            return .done
        case .setSettingOnce(let name, let value):
            let standing = settings[name] ?? value
            settings[name] = standing
            return .setting(standing)
        }
    }

    private mutating func resend(
        _ key: DeliveryKey, at now: Instant
    ) throws(StoreError) -> DeliveryStateMachine.ResendAction {
        _ = try found(endpoint(key.endpoint))
        let delivery = try found(deliveries[key])
        guard let message = messages[key.message], message.payload != nil, !message.timing.isExpired(at: now) else {
            return .refused
        }
        var machine = delivery.machine
        let action = machine.resend(at: now)
        put(key, delivery.sequence, machine)
        return action
    }

    private mutating func change(
        _ former: Endpoint, _ change: (inout Endpoint) -> Void, at now: Instant
    ) throws(StoreError) -> CatalogResult {
        var endpoint = former
        change(&endpoint)
        try put(endpoint)
        if endpoint.subscription != former.subscription {
            var kept = formerSubscriptions[former.id.key, default: []]
            if !kept.contains(where: { $0.until == now }) { kept.append((now, former.subscription)) }
            formerSubscriptions[former.id.key] = kept.sorted { $0.until < $1.until }.suffix(Limits.formerSubscriptions)
        }
        return .endpoint(endpoint)
    }

    private mutating func cancel(_ message: Int64, at now: Instant) -> CatalogResult {
        messages[message] = messages[message]?.withdrawn(at: now)
        return .cancelledMessage(message, endpoints: cancelDeliveries(of: message, at: now).map(\.endpoint))
    }

    private mutating func put(_ application: Application) throws(StoreError) {
        if let uid = application.uid, let other = self.application(application.organization, .uid(uid)),
            other.id.key != application.id.key
        {
            throw StoreError(.conflict, "taken")
        }
        applications[application.id.key] = Registered(value: application)
    }

    private mutating func put(_ endpoint: Endpoint) throws(StoreError) {
        if let uid = endpoint.uid, let other = self.endpoint(application: endpoint.application, .uid(uid)),
            other.id.key != endpoint.id.key
        {
            throw StoreError(.conflict, "taken")
        }
        endpoints[endpoint.id.key] = Registered(value: endpoint)
    }

    private func found<Value>(_ value: Value?) throws(StoreError) -> Value {
        guard let value else { throw StoreError(.notFound, "not found") }
        return value
    }
}

extension Message {
    fileprivate func withdrawn(at now: Instant) -> Message {
        let end = now + .milliseconds(-1)
        return Message(
            id: id, application: application, eventType: eventType, eventID: eventID, channels: channels, tags: tags,
            payload: payload, createdAt: createdAt, payloadExpiresAt: payloadExpiresAt,
            timing: MessageTiming(
                deliverAt: timing.deliverAt, doNotDeliverAfter: min(timing.doNotDeliverAfter ?? end, end)),
            orderingKey: orderingKey, raw: raw)
    }
}
