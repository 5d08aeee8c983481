import NIOConcurrencyHelpers
import NIOCore
import NIOPosix

/// An outgoing proxy on 127.0.0.1. Whatever target it is asked for, it connects to the receiver that the test named, so that
/// targets can have addresses of the internet.
package final class ProxyStub: Sendable {
    package enum Kind: Sendable {
        /// CONNECT; demands this value of `Proxy-Authorization`, if there is one.
        case http(authorization: String? = nil)
        case socks5(user: String? = nil, password: String = "")
        /// Answers the first bytes with these, and connects to nothing.
        case answering([UInt8], thenClose: Bool = false)
        /// Answers the first bytes with these again and again.
        case flooding([UInt8])
    }

    package let port: Int
    private let asked: NIOLockedValueBox<[String]>

    /// The targets that it was asked for, as `address:port`.
    package var targets: [String] { asked.withLockedValue { $0 } }

    private init(port: Int, asked: NIOLockedValueBox<[String]>) {
        self.port = port
        self.asked = asked
    }

    package static func start(_ kind: Kind, to receiverPort: Int = 0) async throws -> ProxyStub {
        let asked = NIOLockedValueBox<[String]>([])
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        ProxyConnection(kind: kind, receiverPort: receiverPort, asked: asked))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        guard let port = channel.localAddress?.port else { throw ChannelError.unknownLocalAddress }
        return ProxyStub(port: port, asked: asked)
    }
}

/// One connection through the proxy.
private final class ProxyConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum State {
        case talking
        case socksAuthentication
        case socksRequest
        case connecting
        case tunnel(any Channel)
    }

    private let kind: ProxyStub.Kind
    private let receiverPort: Int
    private let asked: NIOLockedValueBox<[String]>
    private var state = State.talking
    private var unread = ByteBuffer()

    init(kind: ProxyStub.Kind, receiverPort: Int, asked: NIOLockedValueBox<[String]>) {
        self.kind = kind
        self.receiverPort = receiverPort
        self.asked = asked
    }

    func channelInactive(context: ChannelHandlerContext) {
        if case .tunnel(let receiver) = state { receiver.close(promise: nil) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        if case .tunnel(let receiver) = state { return receiver.writeAndFlush(bytes, promise: nil) }
        unread.writeBuffer(&bytes)
        switch kind {
        case .answering(let answer, let thenClose):
            write(answer, context)
            if thenClose { context.close(promise: nil) }
        case .flooding(let answer):
            flood(answer, context)
        case .http(let authorization):
            connectRequest(authorization, context)
        case .socks5(let user, let password):
            socks(user, password, context)
        }
    }

    private func connectRequest(_ authorization: String?, _ context: ChannelHandlerContext) {
        let text = String(buffer: unread)
        guard text.hasSuffix("\r\n\r\n") else { return }
        let lines = text.split(separator: "\r\n").map(String.init)
        asked.withLockedValue { $0.append(String(lines[0].split(separator: " ")[1])) }
        if let authorization, !lines.contains("Proxy-Authorization: \(authorization)") {
            return write(Array("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n".utf8), context)
        }
        tunnel(context, answer: Array("HTTP/1.1 200 Connection established\r\nVia: stub\r\n\r\n".utf8))
    }

    private func socks(_ user: String?, _ password: String, _ context: ChannelHandlerContext) {
        let bytes = Array(unread.readableBytesView)
        unread.clear()
        switch state {
        case .talking:
            let method: UInt8 = user == nil ? 0 : 2
            guard bytes.dropFirst(2).contains(method) else { return write([5, 0xFF], context) }
            state = user == nil ? .socksRequest : .socksAuthentication
            write([5, method], context)
        case .socksAuthentication:
            let name = Array((user ?? "").utf8)
            let expected = [1, UInt8(name.count)] + name + [UInt8(password.utf8.count)] + Array(password.utf8)
            state = .socksRequest
            write([1, bytes == expected ? 0 : 1], context)
        case .socksRequest:
            let address = bytes[4..<(bytes.count - 2)].map(String.init).joined(separator: ".")
            let port = Int(bytes[bytes.count - 2]) << 8 | Int(bytes[bytes.count - 1])
            asked.withLockedValue { $0.append("\(address):\(port)") }
            tunnel(context, answer: [5, 0, 0, 1, 127, 0, 0, 1, 0, 0])
        case .connecting, .tunnel:
            break
        }
    }

    private func tunnel(_ context: ChannelHandlerContext, answer: [UInt8]) {
        state = .connecting
        unread.clear()
        let client = context.channel
        ClientBootstrap(group: context.eventLoop)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(TunnelEnd(other: client))
                }
            }
            .connect(host: "127.0.0.1", port: receiverPort)
            .assumeIsolated().whenComplete { result in
                switch result {
                case .success(let receiver):
                    self.state = .tunnel(receiver)
                    self.write(answer, context)
                case .failure:
                    context.close(promise: nil)
                }
            }
    }

    private func write(_ bytes: [UInt8], _ context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: bytes)), promise: nil)
    }

    private func flood(_ bytes: [UInt8], _ context: ChannelHandlerContext) {
        guard context.channel.isActive else { return }
        let written = context.eventLoop.makePromise(of: Void.self)
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: bytes)), promise: written)
        written.futureResult.assumeIsolated().whenSuccess {
            context.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(1)) { self.flood(bytes, context) }
        }
    }
}

/// The receiver's side of a tunnel.
private final class TunnelEnd: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let other: any Channel

    init(other: any Channel) { self.other = other }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        other.writeAndFlush(unwrapInboundIn(data), promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) { other.close(promise: nil) }
}
