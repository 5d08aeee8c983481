import GodwitCore
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// Sends requests to receivers over http and https, one connection for each. Redirects aren't followed.
struct OutgoingClient: Sendable {
    /// For the whole exchange, from looking up the name to the end of the answer.
    let limit: Duration
    private let tls: NIOSSLContext

    /// - Parameter trustsAnyCertificate: for receivers on one's own machine that sign their certificates themselves.
    init(limit: Duration, trustsAnyCertificate: Bool = false) throws {
        self.limit = limit
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["http/1.1"]
        if trustsAnyCertificate { configuration.certificateVerification = .none }
        tls = try NIOSSLContext(configuration: configuration)
    }

    func send(_ request: OutgoingRequest) async throws(OutgoingFailure) -> OutgoingAnswer {
        let start = ContinuousClock.now
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let promise = loop.makePromise(of: OutgoingExchange.Received.self)
        let limit = limit
        connect(request, loop, promise)
        let timeout = loop.scheduleTask(in: TimeAmount(limit)) { promise.fail(OutgoingFailure.tooLate(limit)) }
        promise.futureResult.whenComplete { _ in timeout.cancel() }
        do {
            let received = try await promise.futureResult.get()
            return OutgoingAnswer(
                status: received.status, headers: received.headers, body: received.body, elapsed: .now - start)
        } catch let failure as OutgoingFailure {
            throw failure
        } catch {
            throw .broken("\(error)")
        }
    }

    private func connect(
        _ request: OutgoingRequest, _ loop: any EventLoop, _ promise: EventLoopPromise<OutgoingExchange.Received>
    ) {
        let host =
            switch request.url.host {
            case .name(let name): name
            case .address(let address): "\(address)"
            }
        let (tls, url) = (tls, request.url)
        ClientBootstrap(group: loop)
            .connectTimeout(TimeAmount(limit))
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if url.scheme == .https {
                        let name: String? = if case .name(let name) = url.host { name } else { nil }
                        try pipeline.addHandler(NIOSSLClientHandler(context: tls, serverHostname: name))
                    }
                    try pipeline.addHTTPClientHandlers()
                    try pipeline.addHandler(OutgoingExchange(request, promise))
                    promise.futureResult.whenComplete { _ in channel.close(promise: nil) }
                }
            }
            .connect(host: host, port: Int(request.url.port))
            .whenFailure { promise.fail(OutgoingFailure.unreachable(Self.text(of: $0))) }
    }

    private static func text(of error: any Error) -> String {
        guard let error = error as? NIOConnectionError else { return "\(error)" }
        if let failure = error.connectionErrors.first?.error as? IOError, failure.errnoCode == ECONNREFUSED {
            return "connection refused"
        }
        if error.connectionErrors.isEmpty { return "the name \(error.host) is not found" }
        return error.connectionErrors.map { "\($0.error)" }.joined(separator: "; ")
    }
}

/// One request and its answer. Lives on the event loop of its connection.
private final class OutgoingExchange: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    struct Received: Sendable {
        var status = 0
        var headers: [(name: String, value: String)] = []
        var body: [UInt8] = []
    }

    private let request: OutgoingRequest
    private let promise: EventLoopPromise<Received>
    private var received = Received()

    init(_ request: OutgoingRequest, _ promise: EventLoopPromise<Received>) {
        self.request = request
        self.promise = promise
    }

    func channelActive(context: ChannelHandlerContext) {
        var headers = HTTPHeaders([("host", request.url.hostHeader), ("connection", "close")])
        for header in request.headers { headers.add(name: header.name, value: header.value) }
        if !request.body.isEmpty || request.method == "POST" {
            headers.replaceOrAdd(name: "content-length", value: "\(request.body.count)")
        }
        let head = HTTPRequestHead(
            version: .http1_1, method: HTTPMethod(rawValue: request.method), uri: request.url.requestTarget, headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if !request.body.isEmpty {
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: request.body)))), promise: nil)
        }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            received.status = Int(head.status.code)
            received.headers = head.headers.map { ($0.name, $0.value) }
        case .body(let part):
            received.body += part.readableBytesView.prefix(Limits.commandAnswerBytes - received.body.count)
        case .end: promise.succeed(received)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error {
        case is NIOSSLError, is BoringSSLError: promise.fail(OutgoingFailure.unreachable("TLS: \(error)"))
        case let error as IOError where error.errnoCode == ECONNRESET:
            promise.fail(OutgoingFailure.broken("the connection was reset"))
        default: promise.fail(OutgoingFailure.broken("\(error)"))
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        promise.fail(OutgoingFailure.broken("the connection was closed"))
    }
}
