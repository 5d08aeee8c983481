import GodwitBench
import NIOCore
import NIOPosix

/// A server on loopback that answers each publish as the script says.
struct ScriptedServer {
    struct Publish: Sendable {
        /// From 1.
        let number: Int
        /// Without its first slash.
        let path: String
    }

    enum Reaction: Sendable {
        case answer(String)
        /// In two writes, cut after that many bytes.
        case answerInTwo(String, cut: Int)
        case hangUp
        case silence
    }

    static let accepted = "HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
    static let overloaded = "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n"

    static func listen(
        on group: any EventLoopGroup, script: @escaping @Sendable (Publish) -> Reaction
    ) async throws -> any Channel {
        let loop = group.next()
        let count = NIOLoopBoundBox.makeBoxSendingValue(0, eventLoop: loop)
        return try await ServerBootstrap(group: loop)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Connection(count, script))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
    }

    private final class Connection: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let count: NIOLoopBoundBox<Int>
        private let script: (Publish) -> Reaction
        private var received = ByteBuffer()

        init(_ count: NIOLoopBoundBox<Int>, _ script: @escaping (Publish) -> Reaction) {
            self.count = count
            self.script = script
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            var part = unwrapInboundIn(data)
            received.writeBuffer(&part)
            let whole = received
            let bytes = whole.readableBytesUInt8Span
            guard let head = try? MessageHead.scan(bytes), let length = head.contentLength, bytes.count >= head.length + length,
                let path = try? head.request(bytes).path
            else { return }
            let publish = Publish(number: count.value + 1, path: whole.getString(at: path.lowerBound, length: path.count) ?? "")
            received.clear()
            count.value += 1
            switch script(publish) {
            case .answer(let text): context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
            case .answerInTwo(let text, let cut):
                context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: String(text.prefix(cut)))), promise: nil)
                let rest = ByteBuffer(string: String(text.dropFirst(cut)))
                let channel = context.channel
                context.eventLoop.scheduleTask(in: .milliseconds(2)) { channel.writeAndFlush(rest, promise: nil) }
            case .hangUp: context.close(promise: nil)
            case .silence: break
            }
        }
    }
}
