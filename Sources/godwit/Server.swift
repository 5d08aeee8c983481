import GodwitCore
import GodwitEngine
import GodwitHTTP
import GodwitStore
import Hummingbird
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import UnixSignals

/// One server process: store, engine, API, in this order; they stop in the reverse order.
struct Server {
    let settings: ServerSettings
    var logger: Logger

    init(settings: ServerSettings) {
        self.settings = settings
        logger = Logger(label: "godwit") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = settings.logLevel
    }

    /// Where a running server is reached, and a token for it.
    struct Address: Sendable {
        let url: String
        let token: String
    }

    /// Returns after SIGTERM, SIGINT or the cancellation of the task, when everything is written.
    ///
    /// - Parameter onReady: called once the port accepts connections.
    func run(onReady: @escaping @Sendable (Address) async -> Void) async throws {
        FileLimit.raise()
        for name in SettingsReader.unknownVariables {
            logger.warning("a variable that looks like a setting is none", metadata: ["variable": "\(name)"])
        }
        let store = try settings.store.open(exclusive: true, replica: settings.storeReplica) { problem in
            logger.warning("the replica can't be reached, lists are read from the store", metadata: ["error": "\(problem)"])
        }
        let secret = try settings.jwtSecret ?? JWTSecret.kept(in: store)
        if secret.utf8.count < 32 { logger.warning("the jwt-secret is short: whoever guesses it can make tokens") }
        let engine = try await DeliveryEngine.start(
            store: store, settings: settings.engine, eventLoops: MultiThreadedEventLoopGroup.singleton, logger: logger)
        let signer = TokenSigner(secret: Array(secret.utf8), keys: engine.access.signingKeys)
        if !signer.keys.contains(where: { $0.id == signer.configuredKey }) {
            let configured = SigningKey(id: signer.configuredKey, secret: nil, createdAt: engine.now)
            _ = try await engine.change(.token(.noteSigningKey(configured)))
        }
        let token = try await signer.token(
            organization: .standard, application: nil, readOnly: false, lifetime: .seconds(365 * 86_400), now: engine.now)
        let configuration = GodwitServerConfiguration(
            host: settings.host, port: settings.port, policy: settings.engine.policy, role: settings.engine.role,
            apiRateLimit: settings.apiRateLimit,
            publicURL: settings.publicURL)
        let application = makeApplication(
            engine: engine, tokens: signer, configuration: configuration, logger: logger
        ) { [settings, logger] port in
            let host = settings.host.contains(":") ? "[\(settings.host)]" : settings.host
            let url = "http://\(host):\(port)"
            logger.info("ready", metadata: ["url": "\(url)"])
            await onReady(Address(url: url, token: token))
        }
        let services = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [
                    .init(service: engine),
                    .init(service: application, successTerminationBehavior: .gracefullyShutdownGroup),
                ],
                gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
        // Not a child task: its cancellation would tear connections down, where a shutdown lets them end.
        let running = Task { try await services.run() }
        try await withTaskCancellationHandler {
            try await running.value
        } onCancel: {
            Task { await services.triggerGracefulShutdown() }
        }
    }
}
