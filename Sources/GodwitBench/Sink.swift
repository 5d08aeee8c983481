package import NIOCore
import NIOPosix

/// A receiver that costs as little as it can: it answers each delivery at once, with 204 unless its script says else, and counts.
package enum Sink {
    /// - Parameters:
    ///   - ports: 0 takes a free one.
    ///   - eventLoop: all connections live on this one.
    /// - Returns: the listening sockets, one for each port.
    package static func listen(
        run: EventTemplate.RunID, endpoints: Int, script: SinkScript = SinkScript(), host: String, ports: [Int],
        on eventLoop: any EventLoop
    ) async throws -> [any Channel] {
        let ledger = SinkLedger(run: run, endpoints: endpoints, script: script)
        let shared = NIOLoopBoundBox.makeBoxSendingValue(SinkState(ledger), eventLoop: eventLoop)
        let bootstrap = ServerBootstrap(group: eventLoop)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            // A request is one read; asking for more is one call for nothing.
            .childChannelOption(.maxMessagesPerRead, value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(SinkConnection(shared.value))
                }
            }
        var listeners: [any Channel] = []
        for port in ports { listeners.append(try await bootstrap.bind(host: host, port: port).get()) }
        return listeners
    }
}

/// What the connections of a sink share. Lives on their event loop.
final class SinkState {
    var ledger: SinkLedger

    init(_ ledger: SinkLedger) { self.ledger = ledger }
}

/// One connection: reads requests, answers them in order.
private final class SinkConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private static let received = ByteBuffer(string: "HTTP/1.1 204 No Content\r\n\r\n")
    private static let failed = ByteBuffer(string: "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n")
    private static let notFound = ByteBuffer(string: "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")

    private let state: SinkState
    /// The start of a request whose end has not come yet.
    private var partial: ByteBuffer?

    init(_ state: SinkState) { self.state = state }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var buffer = unwrapInboundIn(data)
        if var partial {
            self.partial = nil
            partial.discardReadBytes()  // Else a connection that never pauses between requests would grow it for ever.
            partial.writeBuffer(&buffer)
            buffer = partial
        }
        do {
            while let (answer, requestLength) = try answerFirst(in: buffer) {
                buffer.moveReaderIndex(forwardBy: requestLength)
                if let answer { context.write(wrapOutboundOut(answer), promise: nil) }
            }
            if buffer.readableBytes > 0 { partial = buffer }
            context.flush()
        } catch {
            // Neither guessed at nor passed over: the server sees a closed connection, and the run says so.
            state.ledger.countUnrecognized()
            context.close(promise: nil)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    /// - Returns: nil while the first request isn't complete; without an answer for one that gets none, ever.
    private func answerFirst(in buffer: ByteBuffer) throws(MessageHead.Malformed) -> (answer: ByteBuffer?, requestLength: Int)?
    {
        let bytes = buffer.readableBytesUInt8Span
        guard bytes.count > 0, let head = try MessageHead.scan(bytes) else { return nil }
        let (isPost, pathRange, bodyLength) = try head.request(bytes)
        let end = head.length + bodyLength
        guard bytes.count >= end else { return nil }
        let path = bytes.extracting(pathRange)
        guard isPost else { return (answerToQuery(String(copying: path)), end) }
        let now = NIODeadline.now().uptimeNanoseconds
        return switch state.ledger.record(path: path, body: bytes.extracting(head.length..<end), at: now) {
        case .success: (Self.received, end)
        case .failure: (Self.failed, end)
        case .silence: (nil, end)
        }
    }

    private func answerToQuery(_ path: String) -> ByteBuffer {
        guard let body = state.ledger.answer(path: path) else { return Self.notFound }
        var answer = ByteBuffer(string: "HTTP/1.1 200 OK\r\nContent-Length: \(body.count)\r\n\r\n")
        answer.writeBytes(body)
        return answer
    }
}

extension String {
    fileprivate init(copying bytes: Span<UInt8>) {
        self = String(decoding: bytes.indices.map { bytes[$0] }, as: UTF8.self)
    }
}
