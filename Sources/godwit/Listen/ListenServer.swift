import GodwitCore
import GodwitEngine
import GodwitListen
import NIOCore
import NIOHTTP1
import NIOPosix

/// A receiver on a port of this machine.
struct ListenServer {
    let channel: any Channel

    /// - Parameter answer: gives the status for each POST, and is told when it was sent.
    static func start(
        host: String, port: Int, answer: @escaping @Sendable (ListenEvent) async -> Int, sent: @escaping @Sendable () -> Void
    ) async throws -> ListenServer {
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline(withErrorHandling: true)
                    try channel.pipeline.syncOperations.addHandler(ListenConnection(answer: answer, sent: sent))
                }
            }
            .bind(host: host, port: port).get()
        return ListenServer(channel: channel)
    }

    var port: Int { channel.localAddress?.port ?? 0 }

    /// Until the task is cancelled.
    func run() async throws {
        try await withTaskCancellationHandler {
            try await channel.closeFuture.get()
        } onCancel: {
            channel.close(promise: nil)
        }
    }
}

/// One connection. HTTP pipelining is serialised by the handlers before it, so there is one request at a time.
private final class ListenConnection: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let answer: @Sendable (ListenEvent) async -> Int
    private let sent: @Sendable () -> Void
    private var head: HTTPRequestHead?
    private var body: [UInt8] = []
    private var isTooLarge = false

    init(answer: @escaping @Sendable (ListenEvent) async -> Int, sent: @escaping @Sendable () -> Void) {
        self.answer = answer
        self.sent = sent
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            (body, isTooLarge) = ([], false)
            if head.headers[canonicalForm: "expect"].contains("100-continue") {
                let interim = HTTPResponseHead(version: .http1_1, status: .continue)
                context.writeAndFlush(wrapOutboundOut(.head(interim)), promise: nil)
            }
        case .body(let part):
            if body.count + part.readableBytes > Limits.listenBodyBytes { isTooLarge = true }
            if !isTooLarge { body += part.readableBytesView }
        case .end:
            guard let head else { return }
            receive(head, context)
        }
    }

    private func receive(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        guard !isTooLarge else { return respond(413, head, context, isEvent: false) }
        switch head.method {
        case .POST: break
        // Health checks of a URL ask this way.
        case .HEAD, .GET: return respond(head.method == .HEAD ? 200 : 405, head, context, isEvent: false)
        default: return respond(405, head, context, isEvent: false)
        }
        let event = ListenEvent(
            method: head.method.rawValue, path: head.uri, headers: head.headers.map { EventHeader($0.name, $0.value) },
            body: body, at: .now)
        body = []
        let (loop, answer) = (context.eventLoop, answer)
        let promise = loop.makePromise(of: Int.self)
        promise.completeWithTask { await answer(event) }
        let bound = NIOLoopBound((self, context), eventLoop: loop)
        promise.futureResult.whenSuccess { status in
            let (connection, context) = bound.value
            connection.respond(status, head, context, isEvent: true)
        }
    }

    private func respond(_ status: Int, _ head: HTTPRequestHead, _ context: ChannelHandlerContext, isEvent: Bool) {
        var headers = HTTPHeaders([("content-length", "0")])
        if !head.isKeepAlive { headers.add(name: "connection", value: "close") }
        if status == 405 { headers.add(name: "allow", value: "POST, HEAD") }
        let response = HTTPResponseHead(version: head.version, status: HTTPResponseStatus(statusCode: status), headers: headers)
        context.write(wrapOutboundOut(.head(response)), promise: nil)
        let sent = context.eventLoop.makePromise(of: Void.self)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: sent)
        if !head.isKeepAlive {
            let channel = context.channel
            sent.futureResult.whenComplete { _ in channel.close(promise: nil) }
        }
        guard isEvent else { return }
        let tell = self.sent
        // Also when the sender has gone: the event was handled.
        sent.futureResult.whenComplete { _ in tell() }
    }
}
