package import NIOCore
import NIOHTTP1
import NIOPosix
package import NIOSSL

/// A webhook receiver on 127.0.0.1 that does what a test's script says, right or wrong, and records what it got.
package final class ReceiverStub: Sendable {
    /// The action for a request; `index` counts all requests from 0.
    package typealias Script = @Sendable (_ request: ReceivedRequest, _ index: Int) -> ReceiverAction

    package let port: Int
    package let isTLS: Bool

    private let channel: any Channel
    private let log: ReceiverLog

    private init(channel: any Channel, port: Int, isTLS: Bool, log: ReceiverLog) {
        self.channel = channel
        self.port = port
        self.isTLS = isTLS
        self.log = log
    }

    /// `http://127.0.0.1:port`, without a path; `https` when it speaks TLS.
    package var url: String { url(host: "127.0.0.1") }

    package func url(host: String, path: String = "") -> String { "\(isTLS ? "https" : "http")://\(host):\(port)\(path)" }

    package var requests: [ReceivedRequest] { log.requests }
    /// TCP connections accepted so far; each SYN that got through counts.
    package var connectionsAccepted: Int { log.connectionsAccepted }
    package var connectionsOpen: Int { log.connectionsOpen }

    /// - Parameter tls: speaks TLS with this certificate; see `TestCertificate`.
    package static func start(
        tls: NIOSSLContext? = nil, script: @escaping Script = { _, _ in .ok }
    ) async throws -> ReceiverStub {
        let log = ReceiverLog()
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let tls { try pipeline.addHandler(NIOSSLServerHandler(context: tls)) }
                    try pipeline.addHandler(ByteToMessageHandler(HTTPRequestDecoder()))
                    try pipeline.addHandler(ReceiverConnection(log: log, script: script))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        guard let port = channel.localAddress?.port else { throw ChannelError.unknownLocalAddress }
        return ReceiverStub(channel: channel, port: port, isTLS: tls != nil, log: log)
    }

    /// The same action for every request.
    package static func start(tls: NIOSSLContext? = nil, always action: ReceiverAction) async throws -> ReceiverStub {
        try await start(tls: tls) { _, _ in action }
    }

    /// Returns as soon as this many requests have come in all; throws `RequestsMissing` when they don't come in time.
    @discardableResult
    package func waitForRequests(_ count: Int, timeout: TimeAmount = .seconds(30)) async throws -> [ReceivedRequest] {
        try await log.wait(for: count, timeout: timeout, on: channel.eventLoop)
    }

    /// Stops accepting. Connections that stand are left to their other side.
    package func stop() async throws { try await channel.close() }
}
