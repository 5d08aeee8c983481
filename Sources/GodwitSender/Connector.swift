import GodwitCore
import NIOCore
import NIOPosix
import NIOSSL

/// Opens TCP connections to addresses that have been judged, and lays their pipelines.
struct Connector {
    let eventLoop: any EventLoop
    let tls: NIOSSLContext

    /// - Returns: done when TCP stands; TLS, if any, is just beginning then.
    func connect(
        _ connection: Connection, to address: IPAddress, of target: WebhookURL, timeout: TimeAmount
    ) -> EventLoopFuture<Void> {
        let connection = NIOLoopBound(connection, eventLoop: eventLoop)
        return eventLoop.makeCompletedFuture {
            try SocketAddress(packedIPAddress: ByteBuffer(bytes: address.bytes), port: Int(target.port))
        }.flatMap { [eventLoop, tls] socketAddress in
            ClientBootstrap(group: eventLoop)
                .connectTimeout(timeout)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let pipeline = channel.pipeline.syncOperations
                        switch target.scheme {
                        case .http: break
                        case .https:
                            try pipeline.addHandler(
                                NIOSSLClientHandler(context: tls, serverHostname: Self.serverName(of: target)))
                        }
                        try pipeline.addHandler(connection.value)
                        try pipeline.addHandler(ResponsePartReader(connection.value))
                    }
                }
                .connect(to: socketAddress)
                .map { _ in }
        }
    }

    /// Sent in the handshake and verified. An address is not sent (RFC 6066 §3); then NIOSSL looks for the address of the
    /// connection's other side in the certificate.
    private static func serverName(of target: WebhookURL) -> String? {
        switch target.host {
        case .name(let name): name
        case .address: nil
        }
    }
}
