import GodwitCore
package import NIOCore
import NIOPosix

/// Where and as whom the clients ask.
package struct ComparisonTarget: Sendable {
    package let host: String
    package let port: Int
    package let token: String

    package init(host: String, port: Int, token: String) {
        self.host = host
        self.port = port
        self.token = token
    }

    func request(_ method: String, _ path: String, body: String = "") -> ByteBuffer {
        let length = method == "POST" ? "Content-Length: \(body.utf8.count)\r\n" : ""
        return ByteBuffer(
            string:
                "\(method) \(path) HTTP/1.1\r\nHost: \(host):\(port)\r\nAuthorization: Bearer \(token)\r\n\(length)\r\n\(body)")
    }
}

/// The clients of one run, its publisher and its receiver. Everything lives on one event loop.
package struct ComparisonField: Sendable {
    private let state: NIOLoopBoundBox<ComparisonState>
    private let loop: any EventLoop
    private let target: ComparisonTarget

    package init(_ target: ComparisonTarget, on loop: any EventLoop) {
        self.loop = loop
        self.target = target
        state = NIOLoopBoundBox.makeBoxSendingValue(ComparisonState(), eventLoop: loop)
    }

    /// A receiver for every push of the run.
    /// - Returns: its port.
    package func listen() async throws -> Int {
        let state = state
        let channel = try await ServerBootstrap(group: loop)
            .serverChannelOption(.backlog, value: 1024)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(ComparisonReceiver(state.value))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return channel.localAddress?.port ?? 0
    }

    /// Begins a run anew.
    package func reset() async throws { try await loop.submit { state.value.reset() }.get() }

    package func setWindow(_ window: Range<UInt64>) async throws {
        try await loop.submit { state.value.ledger.window = window }.get()
    }

    package func ledger() async throws -> ComparisonLedger { try await loop.submit { state.value.ledger }.get() }

    /// Starts clients that know what was published so far; each asks at its own moment of the interval.
    /// - Parameter paths: of the applications for polling, of the endpoints for long-polling.
    package func start(_ method: ComparisonMethod, paths: [String]) async throws {
        let (state, target) = (state, target)
        for (index, path) in paths.enumerated() {
            let connection = try await ComparisonConnection.connect(target, on: loop, state)
            try await loop.flatSubmit {
                let client = ComparisonClient(method, path, target, connection.value, state.value, loop)
                if case .polling(let interval) = method {
                    client.firstPause = interval * (Double(index) / Double(paths.count))
                }
                return client.prepare()
            }.get()
        }
        try await loop.submit { state.value.begin() }.get()
    }

    /// Publishes on time; returns when the last was sent.
    package func publish(_ timetable: ComparisonTimetable, paths: [String], from start: UInt64) async throws {
        let (state, target) = (state, target)
        let connections = try await withThrowingTaskGroup(of: NIOLoopBound<ComparisonConnection>.self) { group in
            for _ in 0..<8 { group.addTask { try await ComparisonConnection.connect(target, on: loop, state) } }
            var connections: [NIOLoopBound<ComparisonConnection>] = []
            for try await connection in group { connections.append(connection) }
            return connections
        }
        let padding = String(repeating: "x", count: 400)
        for (number, event) in timetable.events.enumerated() {
            let due = NIODeadline.uptimeNanoseconds(start + event.at.nanoseconds)
            let connection = connections[number % connections.count]
            let path = paths[event.client]
            try await loop.scheduleTask(deadline: due) {
                let number = state.value.ledger.publish(at: NIODeadline.now().uptimeNanoseconds)
                let body = #"{"eventType":"compare.event","payload":{"n":\#(number),"padding":"\#(padding)"}}"#
                connection.value.queue(target.request("POST", path + "/msg", body: body)) { answer in
                    if answer?.status != 202 { state.value.ledger.fail() }
                }
            }.futureResult.get()
        }
    }
}

/// What the clients of a run share.
final class ComparisonState {
    var ledger = ComparisonLedger()
    var connections: [ComparisonConnection] = []
    var clients: [ComparisonClient] = []

    func reset() {
        ledger = ComparisonLedger()
        let old = connections
        (connections, clients) = ([], [])
        for connection in old { connection.close() }
    }

    func begin() { for client in clients { client.begin() } }
}

/// One kept-alive connection; requests wait for one another.
final class ComparisonConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    struct Answer {
        let status: Int
        let body: [UInt8]
        /// Head and body.
        let bytes: Int
    }

    private var context: ChannelHandlerContext?
    private var partial = ByteBuffer()
    private var waiting: [(request: ByteBuffer, answered: (Answer?) -> Void)] = []

    static func connect(
        _ target: ComparisonTarget, on loop: any EventLoop, _ state: NIOLoopBoundBox<ComparisonState>
    ) async throws -> NIOLoopBound<ComparisonConnection> {
        try await ClientBootstrap(group: loop)
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            .connect(host: target.host, port: target.port)
            .flatMapThrowing { channel in
                let connection = ComparisonConnection()
                try channel.pipeline.syncOperations.addHandler(connection)
                state.value.connections.append(connection)
                return NIOLoopBound(connection, eventLoop: channel.eventLoop)
            }.get()
    }

    /// - Parameter answered: nil when the connection has ended.
    func queue(_ request: ByteBuffer, _ answered: @escaping (Answer?) -> Void) {
        guard let context else { return answered(nil) }
        waiting.append((request, answered))
        if waiting.count == 1 { context.writeAndFlush(wrapOutboundOut(request), promise: nil) }
    }

    func close() { context?.close(promise: nil) }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func channelInactive(context: ChannelHandlerContext) {
        self.context = nil
        let left = waiting
        waiting = []
        for one in left { one.answered(nil) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var data = unwrapInboundIn(data)
        partial.writeBuffer(&data)
        do throws(MessageHead.Malformed) {
            guard let (status, headLength, end) = try Self.measure(partial), !waiting.isEmpty else { return }
            let message = partial.readBytes(length: end) ?? []
            let body = Array(message.dropFirst(headLength))
            partial.discardReadBytes()
            let done = waiting.removeFirst()
            if let next = waiting.first { context.writeAndFlush(wrapOutboundOut(next.request), promise: nil) }
            done.answered(Answer(status: status, body: body, bytes: end))
        } catch {
            context.close(promise: nil)
        }
    }

    /// - Returns: nil while the answer isn't complete.
    private static func measure(
        _ buffer: ByteBuffer
    ) throws(MessageHead.Malformed) -> (status: Int, headLength: Int, end: Int)? {
        let bytes = buffer.readableBytesUInt8Span
        guard let head = try MessageHead.scan(bytes) else { return nil }
        let (status, bodyLength) = try head.answer(bytes)
        return bytes.count >= head.length + bodyLength ? (status, head.length, head.length + bodyLength) : nil
    }
}

/// The receiver of pushes: answers 204 and tells the ledger.
private final class ComparisonReceiver: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private static let answer = ByteBuffer(string: "HTTP/1.1 204 No Content\r\n\r\n")
    private let state: ComparisonState
    private var partial = ByteBuffer()

    init(_ state: ComparisonState) { self.state = state }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var data = unwrapInboundIn(data)
        partial.writeBuffer(&data)
        do throws(MessageHead.Malformed) {
            while let (headLength, end) = try Self.measure(partial) {
                let body = Array((partial.readBytes(length: end) ?? []).dropFirst(headLength))
                partial.discardReadBytes()
                take(body, bytes: end + Self.answer.readableBytes)
                context.writeAndFlush(wrapOutboundOut(Self.answer), promise: nil)
            }
        } catch {
            context.close(promise: nil)
        }
    }

    /// - Returns: nil while the request isn't complete.
    private static func measure(_ buffer: ByteBuffer) throws(MessageHead.Malformed) -> (headLength: Int, end: Int)? {
        let bytes = buffer.readableBytesUInt8Span
        guard bytes.count > 0, let head = try MessageHead.scan(bytes) else { return nil }
        let end = head.length + (try head.request(bytes).bodyLength)
        return bytes.count >= end ? (head.length, end) : nil
    }

    private func take(_ body: [UInt8], bytes: Int) {
        guard let number = (try? JSONValue.parse(body))?["n"]?.count, let sentAt = state.ledger.sentTime(Int(number)) else {
            return
        }
        let isNew = state.ledger.see(Int(number), at: NIODeadline.now().uptimeNanoseconds)
        state.ledger.count(requestAt: sentAt, bytes: bytes, isWasted: !isNew)
    }
}
