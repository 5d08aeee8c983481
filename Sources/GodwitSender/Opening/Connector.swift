import GodwitCore
import NIOCore
import NIOPosix
import NIOSSL

/// What is needed to open connections: who resolves, who judges, by which way they go, and TLS.
struct Connector {
    let eventLoop: any EventLoop
    let resolver: NameResolver
    let policy: TargetPolicy
    let proxy: ProxyConfiguration?
    let tls: TLSClientContext

    /// - Parameter handler: told when TCP stands; TLS, or the talk with a proxy, is its business.
    /// - Returns: fails when TCP doesn't come to stand.
    func connect(_ handler: OpeningHandler, by route: Route, timeout: TimeAmount) -> EventLoopFuture<Void> {
        let handler = NIOLoopBound(handler, eventLoop: eventLoop)
        return eventLoop.makeCompletedFuture {
            try SocketAddress(packedIPAddress: ByteBuffer(bytes: route.address.bytes), port: Int(route.port))
        }.flatMap { [eventLoop] socketAddress in
            ClientBootstrap(group: eventLoop)
                .connectTimeout(timeout)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(handler.value)
                    }
                }
                .connect(to: socketAddress)
                .map { _ in }
        }
    }

    func makeTLSHandler(for origin: WebhookURL.Origin, offersHTTP2: Bool) throws -> NIOSSLClientHandler {
        try NIOSSLClientHandler(context: tls.context(offersHTTP2: offersHTTP2), serverHostname: Self.serverName(of: origin))
    }

    /// Sent in the handshake and verified. An address is not sent (RFC 6066 §3); then NIOSSL looks for the address of the
    /// connection's other side in the certificate.
    private static func serverName(of origin: WebhookURL.Origin) -> String? {
        switch origin.host {
        case .name(let name): name
        case .address: nil
        }
    }
}

/// To an address that has been judged, directly or through the proxy.
struct Route {
    /// The judged address and the port of the target.
    let target: IPAddress
    let targetPort: UInt16
    /// With which a TCP connection is made: the target's, or the proxy's.
    let address: IPAddress
    let port: UInt16
    let proxy: ProxyConfiguration?

    init(to target: IPAddress, port: UInt16) {
        (self.target, targetPort) = (target, port)
        (address, self.port, proxy) = (target, port, nil)
    }

    init(to target: IPAddress, port: UInt16, through proxy: ProxyConfiguration, at address: IPAddress) {
        (self.target, targetPort) = (target, port)
        (self.address, self.port, self.proxy) = (address, proxy.port, proxy)
    }
}
