import GodwitCore
import GodwitStore

/// What a store holds, in the most obvious form, and what each command does to it.
struct ModelState {
    struct Registered<Value> {
        var value: Value
        var isDeleted = false
    }

    struct EventTypeKey: Hashable {
        let organization: OrganizationID
        let name: String
    }

    struct Remembered {
        enum Answer {
            case message(Int64)
            case response(StoredResponse)
        }

        let number: Int
        let request: IdempotencyKey.Fingerprint
        let createdAt: Instant
        let answer: Answer
    }

    var applications: [Int64: Registered<Application>] = [:]
    var endpoints: [Int64: Registered<Endpoint>] = [:]
    var eventTypes: [EventTypeKey: EventType] = [:]
    var messages: [Int64: Message] = [:]
    var deliveries: [DeliveryKey: StoredDelivery] = [:]
    var lastSequences: [Int64: Int64] = [:]
    var attempts: [Int64: AttemptRecord] = [:]
    var settings: [String: String] = [:]
    var remembered: [IdempotencyKey.Fingerprint: Remembered] = [:]
    var rememberedCount = 0
    var lastLease: Int64 = 0
}

extension ModelState {
    mutating func perform(_ command: WriteCommand, at now: Instant) -> WriteResult {
        switch command {
        case .publish(let message): return .published(publish(message, at: now))
        case .move(let transition, let attempt):
            if let attempt, attempts[attempt.id.key] == nil { attempts[attempt.id.key] = attempt }
            return .moved(move(transition))
        case .claim(let claim): return .claimed(self.claim(claim, at: now))
        case .catalog(let command):
            do throws(StoreError) {
                return .catalog(.success(try change(command, at: now)))
            } catch {
                return .catalog(.failure(error))
            }
        }
    }

    private mutating func publish(_ new: NewMessage, at now: Instant) -> PublishResult {
        if let key = new.idempotency, let former = fresh(key.scope, since: now + (.zero - Limits.idempotencyAge)) {
            if former.request == key.request, case .message(let message) = former.answer { return .repeated(message: message) }
            return .idempotencyMismatch
        }
        if let eventID = new.message.eventID, message(application: new.message.application, eventID: eventID) != nil {
            return .duplicateEventID
        }
        messages[new.message.id.key] = new.message
        var sequences: [Int64] = []
        for delivery in new.deliveries {
            let sequence = lastSequences[delivery.endpoint, default: 0] + 1
            lastSequences[delivery.endpoint] = sequence
            sequences.append(sequence)
            put(DeliveryKey(message: new.message.id.key, endpoint: delivery.endpoint), sequence, delivery.machine)
        }
        if let key = new.idempotency { remember(key, .message(new.message.id.key), at: now) }
        return .stored(sequences: sequences)
    }

    private mutating func put(_ key: DeliveryKey, _ sequence: Int64, _ machine: DeliveryStateMachine) {
        deliveries[key] = StoredDelivery(key: key, sequence: sequence, machine: machine)
    }

    private mutating func move(_ transition: Transition) -> Bool {
        guard
            let delivery = deliveries[transition.delivery], delivery.machine.state == .inFlight(transition.lease)
        else { return false }
        put(delivery.key, delivery.sequence, transition.machine)
        return true
    }

    private mutating func claim(_ claim: Claim, at now: Instant) -> ClaimedDeliveries {
        var claimed: [HeldDelivery] = []
        var bytes = 0
        for delivery in waiting(endpoint: claim.endpoint).filter({ $0.machine.isClaimable(at: now) }).prefix(claim.limit) {
            guard bytes < Limits.claimedPayloadBytes else { break }
            bytes += messages[delivery.key.message]?.payload?.count ?? 0
            var machine = delivery.machine
            if let message = messages[delivery.key.message], message.payload != nil {
                _ = machine.claim(under: claim.lease, at: now)
                claimed.append(
                    HeldDelivery(message: message, endpoint: claim.endpoint, sequence: delivery.sequence, machine: machine))
            } else {
                _ = machine.cancel(at: now)
            }
            put(delivery.key, delivery.sequence, machine)
        }
        return ClaimedDeliveries(deliveries: claimed, nextDue: waiting(endpoint: claim.endpoint).first?.machine.due)
    }

    /// Oldest due first.
    func waiting(endpoint: Int64) -> [StoredDelivery] {
        deliveries.values
            .filter { $0.key.endpoint == endpoint && $0.machine.due != nil }
            .sorted { ($0.machine.due ?? .distantPast, $0.key) < ($1.machine.due ?? .distantPast, $1.key) }
    }

    mutating func begin(at now: Instant) -> Lease {
        lastLease += 1
        for delivery in deliveries.values {
            guard case .inFlight(let lease) = delivery.machine.state, lease.rawValue < lastLease else { continue }
            var machine = delivery.machine
            _ = machine.handBack(under: lease, at: now)
            put(delivery.key, delivery.sequence, machine)
        }
        return Lease(rawValue: lastLease)
    }
}

// MARK: - Idempotency keys

extension ModelState {
    func fresh(_ scope: IdempotencyKey.Fingerprint, since: Instant) -> Remembered? {
        remembered[scope].flatMap { $0.createdAt >= since ? $0 : nil }
    }

    private mutating func remember(_ key: IdempotencyKey, _ answer: Remembered.Answer, at now: Instant) {
        rememberedCount += 1
        remembered[key.scope] = Remembered(
            number: rememberedCount, request: key.request, createdAt: now, answer: answer)
    }

    mutating func forgetKeys(keeping limit: Int) {
        remembered = remembered.filter { $0.value.number > rememberedCount - limit }
    }
}

// MARK: - What is registered

extension ModelState {
    private mutating func change(_ command: CatalogCommand, at now: Instant) throws(StoreError) -> CatalogResult {
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
            applications[application.id.key]?.isDeleted = true
            let keys = endpoints.values.filter { !$0.isDeleted && $0.value.application == application.id.key }
                .map(\.value.id.key).sorted()
            for key in keys { endpoints[key]?.isDeleted = true }
            return .deletedApplication(application, endpoints: keys)

        case .insertEndpoint(let endpoint):
            guard applications[endpoint.application]?.isDeleted == false else { throw StoreError(.notFound, "not found") }
            try put(endpoint)
            return .endpoint(endpoint)
        case .changeEndpoint(let application, let reference, let change):
            return try self.change(found(endpoint(application: application, reference)), change)
        case .changeEndpointByKey(let key, let change):
            return try self.change(found(endpoint(key)), change)
        case .deleteEndpoint(let application, let reference):
            let endpoint = try found(endpoint(application: application, reference))
            endpoints[endpoint.id.key]?.isDeleted = true
            return .endpoint(endpoint)
        case .expungePayloads(let limit):
            let expired = messages.values.filter { $0.payload != nil && $0.payloadExpiresAt <= now }
                .sorted { $0.payloadExpiresAt < $1.payloadExpiresAt }.prefix(limit)
            for message in expired { messages[message.id.key] = message.withoutPayload }
            return .count(expired.count)
        case .cancelWaiting(let endpoint, let limit):
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
        guard messages[key.message]?.payload != nil else { return .refused }
        var machine = delivery.machine
        let action = machine.resend(at: now)
        put(key, delivery.sequence, machine)
        return action
    }

    private mutating func change(
        _ endpoint: Endpoint, _ change: (inout Endpoint) -> Void
    ) throws(StoreError) -> CatalogResult {
        var endpoint = endpoint
        change(&endpoint)
        try put(endpoint)
        return .endpoint(endpoint)
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

// MARK: - Looking things up

extension ModelState {
    func application(_ organization: OrganizationID, _ reference: Reference) -> Application? {
        let found =
            switch reference {
            case .id(let key, let text): applications[key].flatMap { $0.value.id.description == text ? $0 : nil }
            case .uid(let uid):
                applications.values.first { !$0.isDeleted && $0.value.uid == uid && $0.value.organization == organization }
            }
        guard let found, !found.isDeleted, found.value.organization == organization else { return nil }
        return found.value
    }

    func endpoint(_ key: Int64) -> Endpoint? { endpoints[key].flatMap { $0.isDeleted ? nil : $0.value } }

    func endpoint(application: Int64, _ reference: Reference) -> Endpoint? {
        let found =
            switch reference {
            case .id(let key, let text): endpoint(key).flatMap { $0.id.description == text ? $0 : nil }
            case .uid(let uid):
                endpoints.values.first { !$0.isDeleted && $0.value.uid == uid && $0.value.application == application }?.value
            }
        return found.flatMap { $0.application == application ? $0 : nil }
    }

    func message(application: Int64, eventID: String) -> Message? {
        messages.values.first { $0.application == application && $0.eventID == eventID }
    }
}

extension DeliveryStateMachine {
    fileprivate var due: Instant? {
        if case .waiting(let due) = state { due } else { nil }
    }
}
