package import GodwitCore
package import GodwitEngine
package import Hummingbird
import HummingbirdCore
package import Logging
import NIOCore

/// What an operator may decide about the API.
package struct GodwitServerConfiguration: Sendable {
    package var host: String
    /// 0 takes any free port; the server says which.
    package var port: Int
    package var policy: TargetPolicy
    /// Days for which a payload is kept when its publisher doesn't say.
    package var payloadRetentionDays: Int
    /// Whether it serves more than its health.
    package var role: NodeRole
    /// Requests per second that a caller may make. nil for no bound.
    package var apiRateLimit: Int?
    /// Where people reach the pages: `https://hooks.example.com`. nil for where the request came to.
    package var publicURL: String?

    package init(
        host: String, port: Int, policy: TargetPolicy, role: NodeRole = .all,
        payloadRetentionDays: Int = Limits.payloadRetentionDays.upperBound, apiRateLimit: Int? = nil, publicURL: String? = nil
    ) {
        self.host = host
        self.port = port
        self.policy = policy
        self.role = role
        self.payloadRetentionDays = payloadRetentionDays
        self.apiRateLimit = apiRateLimit
        self.publicURL = publicURL
    }
}

/// The API as a service: it accepts connections until it is asked to stop, and then answers what it has.
///
/// - Parameter onRunning: called with the port once connections are accepted.
package func makeApplication(
    engine: DeliveryEngine, tokens: TokenSigner, configuration: GodwitServerConfiguration, logger: Logger,
    onRunning: @escaping @Sendable (Int) async -> Void = { _ in }
) -> some ApplicationProtocol {
    let service = APIService(
        engine: engine, tokens: TokenVerifier(secret: tokens.secret, access: engine.access),
        rates: configuration.apiRateLimit.map { CallerRates(perSecond: $0) }, publicURL: configuration.publicURL,
        policy: configuration.policy,
        payloadRetention: .seconds(configuration.payloadRetentionDays * 86_400), logger: logger)
    let publisher = Publisher(service: service)
    let budget = BodyBudget()
    var decoder = HTTP1Channel.Configuration.DecoderConfiguration()
    decoder.maxHeaderFieldSize = Limits.requestHeaderBytes
    decoder.maxHeaderListSize = Limits.requestHeaderBytes
    return Application(
        responder: Router.godwit(service, configuration.role).buildResponder(),
        server: .http1(
            configuration: HTTP1Channel.Configuration(
                additionalChannelHandlers: configuration.role.serves ? [PublishLane(publisher: publisher, budget: budget)] : [],
                httpDecoderConfiguration: decoder)),
        configuration: ApplicationConfiguration(
            address: .hostname(configuration.host, port: configuration.port), backlog: 1024,
            availableConnectionsDelegate: MaximumAvailableConnections(Limits.connections)),
        onServerRunning: { channel in await onRunning(channel.localAddress?.port ?? configuration.port) },
        logger: logger)
}
