package import NIOCore
import NIOHTTP1
import NIOPosix
package import NIOSSL
import NIOTLS

/// A webhook receiver on 127.0.0.1 that speaks HTTP/2 over TLS as a test's script says, and records what it got. Where HTTP/1.1 was
/// negotiated, it answers 200.
package final class HTTP2ReceiverStub: Sendable {
    /// The action for a request; `index` counts all requests from 0.
    package typealias Script = @Sendable (_ request: ReceivedRequest, _ index: Int) -> HTTP2Action

    package let port: Int
    private let channel: any Channel
    private let log: ReceiverLog

    private init(channel: any Channel, port: Int, log: ReceiverLog) {
        self.channel = channel
        self.port = port
        self.log = log
    }

    package func url(host: String, path: String = "/") -> String { "https://\(host):\(port)\(path)" }

    package var requests: [ReceivedRequest] { log.requests }
    package var connectionsAccepted: Int { log.connectionsAccepted }
    package var connectionsOpen: Int { log.connectionsOpen }

    /// - Parameters:
    ///   - greeting: what comes first on every connection; rightly, settings. Without any, it never speaks.
    ///   - grantsWindows: whether flow control windows are widened by what was read.
    ///   - answersEarly: doesn't wait for the body of a request.
    package static func start(
        tls: NIOSSLContext, greeting: [ScriptedFrame] = [.settings([])], grantsWindows: Bool = true,
        answersEarly: Bool = false, script: @escaping Script = { _, _ in .ok }
    ) async throws -> HTTP2ReceiverStub {
        let log = ReceiverLog()
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 1024)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHandler(NIOSSLServerHandler(context: tls))
                    try pipeline.addHandler(
                        NIOTypedApplicationProtocolNegotiationHandler<Void> { negotiated in
                            channel.eventLoop.makeCompletedFuture {
                                let pipeline = channel.pipeline.syncOperations
                                if case .negotiated("http/1.1") = negotiated {
                                    try pipeline.addHandler(ByteToMessageHandler(HTTPRequestDecoder()))
                                    try pipeline.addHandler(ReceiverConnection(log: log) { _, _ in .ok })
                                } else {
                                    try pipeline.addHandler(
                                        HTTP2ReceiverConnection(
                                            log: log, greeting: greeting, grantsWindows: grantsWindows,
                                            answersEarly: answersEarly, script: script))
                                }
                            }
                        })
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        guard let port = channel.localAddress?.port else { throw ChannelError.unknownLocalAddress }
        return HTTP2ReceiverStub(channel: channel, port: port, log: log)
    }

    /// Returns as soon as this many requests have come in all; throws `RequestsMissing` when they don't come in time.
    @discardableResult
    package func waitForRequests(_ count: Int, timeout: TimeAmount = .seconds(10)) async throws -> [ReceivedRequest] {
        try await log.wait(for: count, timeout: timeout, on: channel.eventLoop)
    }
}
