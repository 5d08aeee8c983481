import Foundation
import GodwitCore
import GodwitEngine
import GodwitSQLite
import GodwitSignature
import GodwitStore
import GodwitTestKit
import Logging
import NIOPosix

/// A real engine over a real store in a folder of its own, and the little that a test needs of the API.
final class EngineFixture: Sendable {
    let engine: DeliveryEngine
    let application: Application
    let path: String

    /// A secret of 24 equal bytes.
    static func secret(_ byte: UInt8) -> String { "whsec_" + Data(repeating: byte, count: 24).base64EncodedString() }

    static func newPath() -> String { NSTemporaryDirectory() + "godwit-engine-\(UUID().uuidString).db" }

    static func start(
        path: String = newPath(),
        schedule: [Duration] = [.milliseconds(20)],
        timeouts: AttemptTimeouts = .init(connect: .seconds(2), tls: .seconds(2), firstByte: .seconds(5), total: .seconds(5)),
        perEndpoint: Int = 8
    ) async throws -> EngineFixture {
        try await start(
            store: SQLiteStore.open(path: path, exclusive: true), path: path, schedule: schedule, timeouts: timeouts,
            perEndpoint: perEndpoint)
    }

    static func start(
        store: any Store, role: NodeRole = .all, path: String = "", schedule: [Duration] = [.milliseconds(20)],
        timeouts: AttemptTimeouts = .init(connect: .seconds(2), tls: .seconds(2), firstByte: .seconds(5), total: .seconds(5)),
        perEndpoint: Int = 8, clock: WallClock = .system, retentionDays: Int? = nil
    ) async throws -> EngineFixture {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let engine = try await DeliveryEngine.start(
            store: store,
            settings: EngineSettings(
                core: .init(schedule: .init(delays: schedule), requestsInFlightPerEndpoint: perEndpoint), role: role,
                timeouts: timeouts,
                policy: TargetPolicy(allowPrivate: true, allowHTTP: true), userAgent: "Godwit/test",
                retentionDays: retentionDays),
            eventLoops: MultiThreadedEventLoopGroup.singleton, clock: clock, logger: logger)
        let existing = try await engine.read { store throws(StoreError) in try store.allApplications().first }
        if let existing { return EngineFixture(engine: engine, application: existing, path: path) }
        let application = Application(
            id: engine.makeIdentifier(ApplicationKind.self), organization: .standard, name: "test", createdAt: engine.now,
            updatedAt: engine.now)
        _ = try await engine.change(.insertApplication(application))
        return EngineFixture(engine: engine, application: application, path: path)
    }

    private init(engine: DeliveryEngine, application: Application, path: String) {
        self.engine = engine
        self.application = application
        self.path = path
    }

    @discardableResult
    func endpoint(
        _ url: String, secret: String = EngineFixture.secret(1), eventTypes: [String]? = nil,
        policy: DeliveryPolicy = .standard,
        application owner: Application? = nil
    ) async throws -> Endpoint {
        let endpoint = Endpoint(
            id: engine.makeIdentifier(EndpointKind.self), application: (owner ?? application).id.key, url: url, policy: policy,
            eventTypes: eventTypes,
            headers: StringMap([("X-Custom", "yes")]), secrets: [EndpointSecret(wireText: secret)], createdAt: engine.now,
            updatedAt: engine.now)
        _ = try await engine.change(.insertEndpoint(endpoint))
        return endpoint
    }

    func publish(
        _ payload: String = "{}", type: String = "a", idempotency: IdempotencyKey? = nil, timing: MessageTiming = .init(),
        orderingKey: String? = nil
    ) async -> PublishOutcome {
        guard let entry = engine.catalogue.application(.standard, application.id.description) else {
            return .failed(StoreError(.notFound, "the application is not in the catalogue"))
        }
        let request = PublishRequest(
            application: entry, eventType: type, eventID: nil, channels: [], tags: [], payload: Array(payload.utf8),
            payloadRetention: .seconds(86_400), idempotency: idempotency, timing: timing, orderingKey: orderingKey)
        return await withCheckedContinuation { continuation in
            engine.publish(request, on: MultiThreadedEventLoopGroup.singleton.next()) { continuation.resume(returning: $0) }
        }
    }

    func accepted(
        _ payload: String = "{}", type: String = "a", timing: MessageTiming = .init(), orderingKey: String? = nil
    ) async throws -> Message {
        let outcome = await publish(payload, type: type, timing: timing, orderingKey: orderingKey)
        guard case .accepted(let message) = outcome else { throw NotAccepted() }
        return message
    }

    struct NotAccepted: Error {}

    func delivery(_ message: Message, _ endpoint: Endpoint) async throws -> DeliveryStateMachine? {
        let key = DeliveryKey(message: message.id.key, endpoint: endpoint.id.key)
        return try await engine.read { store throws(StoreError) in try store.delivery(key) }
    }

    func attempts(of message: Message) async throws -> [AttemptRecord] {
        let filter = AttemptFilter(subject: .message(message.id.key))
        return try await engine.read { store throws(StoreError) in
            try store.attempts(filter, PageRequest(limit: 100, order: .ascending)).items
        }
    }

    func stop() async {
        await engine.stop()
        guard !path.isEmpty else { return }
        for suffix in ["", "-wal", "-shm", ".lock"] { try? FileManager.default.removeItem(atPath: path + suffix) }
    }
}
