package import GodwitCore
package import GodwitStore
import Testing

/// Makes a store for a test, and opens the same one again as after a restart.
package struct StoreFactory: Sendable {
    package let make: @Sendable (_ idempotencyKeys: Int) throws -> any Store
    /// The former one was closed.
    package let reopen: @Sendable (_ former: any Store, _ idempotencyKeys: Int) throws -> any Store

    package init(
        make: @escaping @Sendable (_ idempotencyKeys: Int) throws -> any Store,
        reopen: @escaping @Sendable (_ former: any Store, _ idempotencyKeys: Int) throws -> any Store
    ) {
        self.make = make
        self.reopen = reopen
    }
}

/// A store under test, with a clock that is set by hand and things to put into it.
package final class StoreScene {
    package private(set) var store: any Store
    package var now = Instant(millisecondsSince1970: 1_780_000_000_000)
    package private(set) var lease: Lease
    package var random: SeededGenerator
    private var identifiers = IdentifierGenerator()
    private let factory: StoreFactory
    private let idempotencyKeys: Int

    package init(_ factory: StoreFactory, idempotencyKeys: Int = 1000, seed: UInt64 = 1) throws {
        self.factory = factory
        self.idempotencyKeys = idempotencyKeys
        random = SeededGenerator(seed: seed)
        store = try factory.make(idempotencyKeys)
        lease = try store.begin(at: now)
    }

    package func advance(_ duration: Duration) { now = now + duration }

    /// As a new process would.
    package func reopen() throws {
        store.close()
        store = try factory.reopen(store, idempotencyKeys)
    }

    package func restart() throws {
        let former = lease
        try reopen()
        lease = try store.begin(at: now)
        if store.isShared { try takeOver(former) }
    }

    /// As other nodes do when one is silent for too long.
    package func takeOver(_ lost: Lease) throws {
        try store.takeOver(lost, at: now)
    }

    package func identifier<Kind: Identified>(_ kind: Kind.Type = Kind.self) -> Identifier<Kind> {
        identifiers.next(kind, at: now, using: &random)
    }
}

// MARK: - Things

extension StoreScene {
    package func application(uid: String? = nil, organization: OrganizationID = .standard) -> Application {
        Application(
            id: identifier(), organization: organization, uid: uid, name: "Naver \"Pay\" 네이버",
            metadata: StringMap([("z", "last"), ("a", "먼저\n"), ("", "")]), createdAt: now, updatedAt: now)
    }

    package func endpoint(of application: Application, uid: String? = nil) -> Endpoint {
        Endpoint(
            id: identifier(), application: application.id.key, uid: uid, url: "https://hooks.example.com/in?a=1",
            description: "결제", eventTypes: ["payment.approved"], channels: [], metadata: StringMap([("team", "settlement")]),
            headers: StringMap([("X-Key", "a\\b\"c")]),
            secrets: [
                EndpointSecret(wireText: "whsec_current"),
                EndpointSecret(wireText: "whsec_former", expiresAt: now + .seconds(86_400)),
            ], createdAt: now, updatedAt: now)
    }

    package func eventType(_ name: String, organization: OrganizationID = .standard) -> EventType {
        EventType(organization: organization, name: name, description: "of \(name)", createdAt: now, updatedAt: now)
    }

    package func message(
        of application: Int64 = 1, eventType: String = "payment.approved", eventID: String? = nil, channels: [String] = [],
        tags: [String] = [], payload: [UInt8]? = Array(#"{"amount":1e400,"b":"가"}"#.utf8),
        payloadAge: Duration = .seconds(90 * 86_400), timing: MessageTiming = MessageTiming(), orderingKey: String? = nil,
        raw: RawPayload? = nil
    ) -> Message {
        Message(
            id: identifier(), application: application, eventType: eventType, eventID: eventID, channels: channels, tags: tags,
            payload: payload, createdAt: now, payloadExpiresAt: now + payloadAge, timing: timing, orderingKey: orderingKey,
            raw: raw)
    }

    package func attempt(
        _ delivery: DeliveryKey, application: Int64 = 1, number: Int = 1,
        outcome: AttemptOutcome = .responded(ReceiverResponse(status: 200)), succeeded: Bool = true, nextAttempt: Instant? = nil
    ) -> AttemptRecord {
        AttemptRecord(
            id: identifier(), delivery: delivery, application: application, number: number, trigger: .scheduled, startedAt: now,
            timings: AttemptTimings(resolve: nil, connect: 120, tls: nil, firstByte: 900, total: 1100), outcome: outcome,
            succeeded: succeeded, nextAttempt: nextAttempt, url: "https://hooks.example.com/in")
    }

    package func idempotencyKey(_ scope: UInt64, request: UInt64 = 1) -> IdempotencyKey {
        // High bits set: databases know signed integers only.
        IdempotencyKey(scope: .init(high: .max - scope, low: scope), request: .init(high: request, low: .max))
    }
}

// MARK: - Commands

extension StoreScene {
    @discardableResult
    package func commit(_ commands: [WriteCommand]) throws -> [WriteResult] { try store.commit(commands, at: now) }

    /// - Throws: the refusal.
    @discardableResult
    package func change(_ command: CatalogCommand) throws -> CatalogResult {
        guard case .catalog(let result) = try commit([.catalog(command)]).first else {
            throw StoreError(.unusable, "a change was not answered as one")
        }
        return try result.get()
    }

    package func publication(
        _ message: Message, to endpoints: [Int64] = [], idempotency: IdempotencyKey? = nil,
        as machine: DeliveryStateMachine? = nil
    ) -> WriteCommand {
        let machine = machine ?? .accepted(under: lease)
        return .publish(NewMessage(message: message, idempotency: idempotency, deliveries: endpoints.map { ($0, machine) }))
    }

    @discardableResult
    package func publish(
        _ message: Message, to endpoints: [Int64] = [], idempotency: IdempotencyKey? = nil,
        as machine: DeliveryStateMachine? = nil
    ) throws -> PublishResult {
        let command = publication(message, to: endpoints, idempotency: idempotency, as: machine)
        guard case .published(let result) = try commit([command]).first else {
            throw StoreError(.unusable, "a publish was not answered as one")
        }
        return result
    }

    package func move(
        _ delivery: DeliveryKey, to machine: DeliveryStateMachine, under lease: Lease? = nil, attempt: AttemptRecord? = nil,
        former: AttemptStatus = .pending
    ) throws -> Bool {
        let transition = Transition(delivery: delivery, lease: lease ?? self.lease, machine: machine, former: former)
        guard case .moved(let moved) = try commit([.move(transition, attempt)]).first else {
            throw StoreError(.unusable, "a move was not answered as one")
        }
        return moved
    }

    package func claim(_ endpoint: Int64, limit: Int = 100, afterLine: Int64 = .min) throws -> ClaimedDeliveries {
        let command = WriteCommand.claim(Claim(endpoint: endpoint, limit: limit, lease: lease, afterLine: afterLine))
        guard case .claimed(let claimed) = try commit([command]).first else {
            throw StoreError(.unusable, "a claim was not answered as one")
        }
        return claimed
    }

    /// Moves a delivery that was claimed, as an attempt that succeeds does.
    package func deliver(_ delivery: HeldDelivery) throws {
        var machine = delivery.machine
        _ = machine.attemptFinished(.delivered, under: lease, at: now) { _ in nil }
        #expect(try move(delivery.key, to: machine))
    }

    package func deliver(_ key: DeliveryKey) throws {
        let machine = DeliveryStateMachine(state: .delivered(at: now), attempts: 1, scheduledAttempts: 1, resume: nil)
        #expect(try move(key, to: machine))
    }

    /// An application and one endpoint that wants everything.
    package func registered() throws -> (application: Application, endpoint: Endpoint) {
        let application = application()
        var endpoint = endpoint(of: application)
        endpoint.eventTypes = nil
        endpoint.channels = nil
        try change(.insertApplication(application))
        try change(.insertEndpoint(endpoint))
        return (application, endpoint)
    }

    package func count(of command: CatalogCommand) throws -> Int {
        guard case .count(let count) = try change(command) else {
            throw StoreError(.unusable, "a change was not answered with a count")
        }
        return count
    }

    /// A message to one endpoint, with its delivery as given.
    @discardableResult
    package func delivery(
        to endpoint: Int64, as machine: DeliveryStateMachine, payload: [UInt8]? = [0x7B, 0x7D],
        timing: MessageTiming = MessageTiming()
    ) throws -> DeliveryKey {
        let message = message(payload: payload, timing: timing)
        try publish(message, to: [endpoint], as: machine)
        return DeliveryKey(message: message.id.key, endpoint: endpoint)
    }

    /// Nothing of a batch that throws happens. An identifier that is used twice makes any store throw.
    package func failBatch(_ commands: [WriteCommand]) throws {
        let stored = message()
        try publish(stored)
        #expect(throws: StoreError.self) { try self.commit(commands + [self.publication(stored)]) }
    }
}

extension Store {
    /// As other nodes do with one that is silent.
    func takeOver(_ lost: Lease, at now: Instant) throws(StoreError) {
        guard isShared else { return }
        for command: NodeCommand in [.giveUp(lost, silentFor: .zero), .takeOver(lost, limit: .max), .remove(lost)] {
            _ = try commit([.catalog(.node(command))], at: now)
        }
    }
}
