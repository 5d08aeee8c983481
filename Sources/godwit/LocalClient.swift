import NIOCore
import NIOHTTP1
import NIOPosix

/// Asks a server on this machine, one connection for each request: for the few calls of commands, not for load.
struct LocalClient: Sendable {
    struct Answer: Sendable {
        let status: Int
        let body: [UInt8]
    }

    /// Why there is no answer; the text names the server.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    let host: String
    let port: Int
    /// For the whole exchange, from connecting to the end of the answer.
    var patience: TimeAmount = .seconds(15)

    init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// - Parameter url: `http://host:port`; what follows the port is ignored, and without a port it is 80.
    init(url: String) {
        let authority = url.trimmingPrefix("http://").prefix { $0 != "/" }
        if let colon = authority.lastIndex(of: ":"), let port = Int(authority[authority.index(after: colon)...]) {
            self.init(host: String(authority[..<colon].trimmingPrefix("[").prefix { $0 != "]" }), port: port)
        } else {
            self.init(host: String(authority), port: 80)
        }
    }

    /// - Parameters:
    ///   - path: with its query, as it goes on the wire.
    ///   - body: JSON; an empty one is left out.
    /// - Throws: `Failure` when no whole answer came. An answer with any status is returned.
    func request(_ method: String, _ path: String, token: String? = nil, body: [UInt8] = []) async throws -> Answer {
        var headers = HTTPHeaders([("host", "\(host.contains(":") ? "[\(host)]" : host):\(port)"), ("connection", "close")])
        if let token { headers.add(name: "authorization", value: "Bearer \(token)") }
        if !body.isEmpty { headers.add(name: "content-type", value: "application/json") }
        if !body.isEmpty || method == "POST" { headers.add(name: "content-length", value: "\(body.count)") }
        let head = HTTPRequestHead(version: .http1_1, method: HTTPMethod(rawValue: method), uri: path, headers: headers)

        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let answer = loop.makePromise(of: Answer.self)
        ClientBootstrap(group: loop)
            .connectTimeout(patience)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHTTPClientHandlers()
                    try channel.pipeline.syncOperations.addHandler(LocalExchange(head: head, body: body, answer: answer))
                    let timeout = channel.eventLoop.scheduleTask(in: patience) { channel.close(promise: nil) }
                    channel.closeFuture.whenComplete { _ in timeout.cancel() }
                    answer.futureResult.whenComplete { _ in channel.close(promise: nil) }
                }
            }
            .connect(host: host, port: port)
            .cascadeFailure(to: answer)
        do {
            return try await withTaskCancellationHandler {
                try await answer.futureResult.get()
            } onCancel: {
                answer.fail(CancellationError())
            }
        } catch let error as CancellationError {
            throw error
        } catch {
            throw Failure(description: "http://\(host):\(port) did not answer \(method) \(path): \(error)")
        }
    }
}

/// One request and its answer. Lives on the event loop of its connection.
private final class LocalExchange: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    struct ClosedEarly: Error {}

    private let head: HTTPRequestHead
    private let body: [UInt8]
    /// nil once it was kept.
    private var answer: EventLoopPromise<LocalClient.Answer>?
    private var status = 0
    private var received: [UInt8] = []

    init(head: HTTPRequestHead, body: [UInt8], answer: EventLoopPromise<LocalClient.Answer>) {
        self.head = head
        self.body = body
        self.answer = answer
    }

    func channelActive(context: ChannelHandlerContext) {
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if !body.isEmpty { context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: body)))), promise: nil) }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): status = Int(head.status.code)
        case .body(let part): received.append(contentsOf: part.readableBytesView)
        case .end:
            answer?.succeed(LocalClient.Answer(status: status, body: received))
            answer = nil
            context.close(promise: nil)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        answer?.fail(error)
        answer = nil
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        answer?.fail(ClosedEarly())
        answer = nil
    }
}
