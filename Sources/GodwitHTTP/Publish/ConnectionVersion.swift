import NIOCore
import NIOHTTP1

/// Writes into a request's head what HTTP's version means for its connection: the types behind the parser have no version, and a
/// client of HTTP/1.0 that didn't ask to keep the connection waits for its end (RFC 9112 §9.3).
final class ConnectionVersion: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(var head) = unwrapInboundIn(data), head.version == .http1_0, !head.isKeepAlive else {
            return context.fireChannelRead(data)
        }
        head.headers.replaceOrAdd(name: "connection", value: "close")
        context.fireChannelRead(wrapInboundOut(.head(head)))
    }
}
