import GodwitCore
import GodwitStore

/// What a store holds, in the most obvious form, and what each command does to it.
struct ModelState {
    struct Registered<Value> {
        var value: Value
        var deletedAt: Instant?

        var isDeleted: Bool { deletedAt != nil }
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
    /// What endpoints formerly wanted, and until when; the latest last.
    var formerSubscriptions: [Int64: [(until: Instant, subscription: Subscription)]] = [:]
    var eventTypes: [EventTypeKey: EventType] = [:]
    var messages: [Int64: Message] = [:]
    var deliveries: [DeliveryKey: StoredDelivery] = [:]
    var lastSequences: [Int64: Int64] = [:]
    var replays: [Int64: Replay] = [:]
    var attempts: [Int64: AttemptRecord] = [:]
    var settings: [String: String] = [:]
    var remembered: [IdempotencyKey.Fingerprint: Remembered] = [:]
    var rememberedCount = 0
    var nodes = ModelNodes()
    var access = ModelAccess()
    /// By endpoint and name.
    var consumers: [Int64: [String: Consumer]] = [:]
    var ledger = StatisticsLedger()
    var tasks: [Int64: BackgroundTask] = [:]
    /// By task, then by what they are about.
    var taskResults: [Int64: [Int64: [UInt8]]] = [:]
}

extension ModelState {
    mutating func perform(_ command: WriteCommand, at now: Instant) -> WriteResult {
        switch command {
        case .publish(let message): return .published(publish(message, at: now))
        case .move(let transition, let attempt):
            if let attempt, attempts[attempt.id.key] == nil {
                attempts[attempt.id.key] = attempt
                ledger.noteAttempt(attempt)
            }
            return .moved(move(transition))
        case .claim(let claim): return .claimed(self.claim(claim, at: now))
        case .catalog(let command):
            do throws(StoreError) {
                let result = try change(command, at: now)
                nodes.note(result.subjects(of: command), at: now)
                return .catalog(.success(result))
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
            let key = DeliveryKey(message: new.message.id.key, endpoint: delivery.endpoint)
            sequences.append(insert(key, delivery.machine))
        }
        if let key = new.idempotency { remember(key, .message(new.message.id.key), at: now) }
        return .stored(sequences: sequences)
    }

    /// - Returns: its number.
    mutating func insert(_ key: DeliveryKey, _ machine: DeliveryStateMachine) -> Int64 {
        let sequence = lastSequences[key.endpoint, default: 0] + 1
        lastSequences[key.endpoint] = sequence
        put(key, sequence, machine)
        return sequence
    }

    /// - Parameter former: how statistics counted it, if not as it stands.
    mutating func put(
        _ key: DeliveryKey, _ sequence: Int64, _ machine: DeliveryStateMachine, former: AttemptStatus? = nil
    ) {
        ledger.noteDelivery(key, from: former ?? deliveries[key]?.machine.status, to: machine)
        deliveries[key] = StoredDelivery(key: key, sequence: sequence, machine: machine)
    }

    private mutating func move(_ transition: Transition) -> Bool {
        guard
            let delivery = deliveries[transition.delivery], delivery.machine.state == .inFlight(transition.lease)
        else { return false }
        put(delivery.key, delivery.sequence, transition.machine, former: transition.former)
        return true
    }

    /// Makes waiting what those leases hold.
    ///
    /// - Returns: how many deliveries.
    mutating func takeOver(limit: Int = .max, at now: Instant, where isTakenOver: (Lease) -> Bool) -> Int {
        let held = deliveries.values.filter { $0.machine.holder.map(isTakenOver) ?? false }
            .sorted { $0.key < $1.key }.prefix(limit)
        for delivery in held {
            var machine = delivery.machine
            if let lease = machine.holder { _ = machine.handBack(under: lease, at: now) }
            put(delivery.key, delivery.sequence, machine)
        }
        return held.count
    }
}

// MARK: - Idempotency keys

extension ModelState {
    func fresh(_ scope: IdempotencyKey.Fingerprint, since: Instant) -> Remembered? {
        remembered[scope].flatMap { $0.createdAt >= since ? $0 : nil }
    }

    mutating func remember(_ key: IdempotencyKey, _ answer: Remembered.Answer, at now: Instant) {
        rememberedCount += 1
        remembered[key.scope] = Remembered(
            number: rememberedCount, request: key.request, createdAt: now, answer: answer)
    }

    mutating func forgetKeys(keeping limit: Int) {
        remembered = remembered.filter { $0.value.number > rememberedCount - limit }
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

    func message(application: Int64, _ reference: Reference) -> Message? {
        switch reference {
        case .id(let key, let text):
            messages[key].flatMap { $0.id.description == text && $0.application == application ? $0 : nil }
        case .uid(let eventID): message(application: application, eventID: eventID)
        }
    }

    func deliveries(ofMessage message: Int64) -> [StoredDelivery] {
        deliveries.values.filter { $0.key.message == message }.sorted { $0.key < $1.key }
    }

    func replay(application: Int64, _ reference: Reference) -> Replay? {
        guard case .id(let key, let text) = reference, let replay = replays[key] else { return nil }
        return replay.application == application && replay.id.description == text ? replay : nil
    }
}
