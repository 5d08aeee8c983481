import NIOCore
import NIOPosix

/// Answers 413 to the first bytes of a request, reads no further, and keeps the connection open.
struct EarlyAnswer {
    let url: String

    static func start() async throws -> EarlyAnswer {
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelOption(.socketOption(.so_rcvbuf), value: 8192)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Handler()) }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return EarlyAnswer(url: "http://127.0.0.1:\(channel.localAddress?.port ?? 0)/")
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer
        private var hasAnswered = false

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            guard !hasAnswered else { return }
            hasAnswered = true
            try? context.channel.syncOptions?.setOption(.autoRead, value: false)
            let answer = "HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n"
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: answer)), promise: nil)
        }
    }
}
