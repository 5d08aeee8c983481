import GodwitCore
import NIOCore
import NIOHTTP2

/// One HTTP/2 connection. NIO's handler in front of it does frames, header compression, flow control and the state of streams;
/// here are the exchanges. No channel per stream: a webhook is one request, one response and nothing in between.
final class HTTP2Connection: ChannelInboundHandler, PooledConnection {
    typealias InboundIn = HTTP2Frame
    typealias OutboundOut = HTTP2Frame

    let origin: WebhookURL.Origin
    let openedAt = NIODeadline.now()
    /// When the last stream ended.
    var idleSince: NIODeadline

    private let sender: WebhookSender
    /// Until the receiver's settings have come.
    private var opening: ConnectionOpening?
    private var context: ChannelHandlerContext?

    private var exchanges: [HTTP2StreamID: HTTP2Exchange] = [:]
    private var nextStream = HTTP2StreamID(1)
    private var streamsPermitted = Limits.streamsPerConnection
    /// No further stream may begin: the receiver said so, or the connection is not to be trusted any more.
    private var isDraining = false
    private var hasServed = false
    private var goAways = 0
    /// Streams whose response was complete in this read.
    private var answered: [HTTP2StreamID] = []
    /// Their streams broke a rule; NIO tells which one right after.
    private var condemned: [Attempt] = []
    private var lastRead: NIODeadline
    private var isReading = false
    private var mustFlush = false
    private var transportError: (any Error)?

    init(_ opening: ConnectionOpening, sender: WebhookSender) {
        origin = opening.target.origin
        idleSince = openedAt
        lastRead = openedAt
        self.opening = opening
        self.sender = sender
    }

    static func makeFrameHandler() -> NIOHTTP2Handler {
        var configuration = NIOHTTP2Handler.ConnectionConfiguration()
        configuration.initialSettings = [
            HTTP2Setting(parameter: .enablePush, value: 0),
            HTTP2Setting(parameter: .maxHeaderListSize, value: Limits.responseHeaderBytes),
            HTTP2Setting(parameter: .initialWindowSize, value: Limits.streamWindowBytes),
        ]
        return NIOHTTP2Handler(mode: .client, connectionConfiguration: configuration)
    }

    // MARK: Asked by the sender

    var hasRoom: Bool { !isDraining && exchanges.count < streamsPermitted && nextStream < .maxID }

    func write(_ attempt: Attempt) {
        guard let request = HTTP2Request(attempt.request) else {
            sender.finishLater(attempt, TransportFailure(.notSigned, "the request isn't HTTP/1.1"))
            if exchanges.isEmpty { sender.lastStreamEnded(self) }
            return
        }
        let stream = nextStream
        nextStream = stream.advanced(by: 2)
        if exchanges.isEmpty { sender.firstStreamBegins(self) }
        exchanges[stream] = HTTP2Exchange(attempt, isOnUsedConnection: hasServed)
        let isBodyless = request.body.readableBytes == 0
        write(stream, .headers(.init(headers: request.headers, endStream: isBodyless)))
        if !isBodyless { write(stream, .data(.init(data: .byteBuffer(request.body), endStream: true))) }
    }

    /// Ends the stream, not the connection; but if nothing at all has come while the stream waited, the connection may be dead.
    func abandon(_ attempt: Attempt) {
        guard let (stream, exchange) = exchanges.first(where: { $0.value.attempt === attempt }) else { return }
        if lastRead < exchange.startedAt { drain() }
        cancel(stream)
    }

    func close() { context?.close(promise: nil) }

    /// Lets the streams end, and closes with the last of them.
    func drain() {
        guard !isDraining else { return }
        isDraining = true
        sender.connectionDrains(self)
        if exchanges.isEmpty { close() }
    }

    // MARK: Told by the channel

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        // The window that every connection begins with (RFC 9113 §6.9.2) is shared by all of its streams.
        write(.rootStream, .windowUpdate(windowSizeIncrement: Limits.connectionWindowBytes - 65_535))
    }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        isReading = true
        lastRead = .now()
        let frame = unwrapInboundIn(data)
        switch frame.payload {
        case .headers(let content):
            exchanges[frame.streamID]?.read(content.headers)
            hasRead(frame.streamID, isLast: content.endStream)
        case .data(let content):
            guard case .byteBuffer(let bytes) = content.data else { return }
            exchanges[frame.streamID]?.read(bytes)
            hasRead(frame.streamID, isLast: content.endStream)
        case .rstStream(let code):
            exchanges[frame.streamID]?.resetCode = code
        case .goAway(let last, let code, _):
            goAway(last, code)
        case .settings(.settings(let settings)):
            take(settings)
        case .settings(.ack), .priority, .pushPromise, .ping, .windowUpdate, .alternativeService, .origin:
            break
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        isReading = false
        // The receiver has answered without reading the whole request; the rest of it is of no use.
        for stream in answered where exchanges[stream] != nil {
            let exchange = exchanges[stream]
            hasServed = true
            cancel(stream)
            if let attempt = exchange?.attempt, let response = exchange?.assembly.response {
                sender.finish(attempt, .responded(response))
            }
        }
        answered.removeAll(keepingCapacity: true)
        if mustFlush {
            mustFlush = false
            context.flush()
        }
        context.fireChannelReadComplete()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case let event as StreamClosedEvent: streamClosed(event)
        case let event as NIOHTTP2WindowUpdatedEvent where event.streamID == .rootStream:
            let window = event.inboundWindowSize ?? Limits.connectionWindowBytes
            guard window < Limits.connectionWindowBytes / 2 else { return }
            write(.rootStream, .windowUpdate(windowSizeIncrement: Limits.connectionWindowBytes - window))
        default: break
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard condemned.isEmpty else {
            drain()
            return finishCondemned(error)
        }
        if let error = error as? NIOHTTP2Errors.StreamError {
            guard let attempt = remove(error.streamID)?.attempt else { return }
            let text = "the request can't be sent over HTTP/2: \(error.baseError)"
            // While it is being written: the caller's `send` may not have returned.
            return sender.finishLater(attempt, TransportFailure(.notSigned, text))
        }
        if transportError == nil { transportError = error }
        // Not when the channel is closed at last: TLS waits for the other side's farewell.
        endAll()
        close()
    }

    func channelInactive(context: ChannelHandlerContext) { endAll() }

    private func endAll() {
        isDraining = true
        sender.connectionDrains(self)
        opening.take()?.fail(.http2(transportError, hasBegun: false))
        finishCondemned(transportError)
        let ended = exchanges.sorted { $0.key < $1.key }.map(\.value)
        exchanges = [:]
        for exchange in ended {
            guard let attempt = exchange.attempt else { continue }
            if exchange.isOnUsedConnection, lastRead < exchange.startedAt, !attempt.hasReconnected {
                // It was dead before we used it. That is nobody's failure.
                sender.reconnect(attempt)
            } else {
                sender.finish(attempt, .failed(.http2(transportError, hasBegun: exchange.hasBegun)))
            }
        }
    }

    private func finishCondemned(_ error: (any Error)?) {
        let attempts = condemned
        condemned = []
        for attempt in attempts { sender.finish(attempt, .failed(.http2(error, hasBegun: true))) }
    }

    // MARK: Frames

    private func hasRead(_ stream: HTTP2StreamID, isLast: Bool) {
        guard let attempt = exchanges[stream]?.attempt else { return }
        attempt.hasRead(at: lastRead)
        if isLast { exchanges[stream]?.readEnd() }
        if let failure = exchanges[stream]?.assembly.failure {
            cancel(stream)
            sender.finish(attempt, .failed(failure))
        } else if isLast {
            // Finished when NIO says that the stream is closed, so that its place is free again.
            answered.append(stream)
        }
    }

    private func take(_ settings: HTTP2Settings) {
        if let setting = settings.last(where: { $0.parameter == .maxConcurrentStreams }) {
            streamsPermitted = min(setting.value, Limits.streamsPerConnection)
        }
        guard streamsPermitted > 0 else {
            opening.take()?.fail(TransportFailure(.streamReset, "the receiver permits no HTTP/2 streams"))
            return drain()
        }
        opening.take()?.ready(self)
    }

    private func goAway(_ last: HTTP2StreamID, _ code: HTTP2ErrorCode) {
        goAways += 1
        guard goAways <= Limits.goAwayFrames else {
            transportError = TooManyGoAways()
            endAll()
            return close()
        }
        isDraining = true
        if code == .http11Required { sender.http1IsRequired(self) }
        sender.connectionDrains(self)
        opening.take()?.fail(.streamReset("the receiver ended the HTTP/2 connection", code))
        for stream in exchanges.keys.filter({ $0 > last }).sorted() {
            guard let attempt = exchanges.removeValue(forKey: stream)?.attempt else { continue }
            refuse(attempt, TransportFailure.streamReset("the receiver refused the stream", code))
        }
        if exchanges.isEmpty { close() }
    }

    private func streamClosed(_ event: StreamClosedEvent) {
        guard let exchange = remove(event.streamID), let attempt = exchange.attempt else { return }
        if let response = exchange.assembly.response {
            hasServed = true
            sender.finish(attempt, .responded(response))
        } else if exchange.resetCode == .refusedStream {
            // Below the number that it permits: it doesn't want this connection to be used.
            drain()
            refuse(attempt, .streamReset("the receiver refused the stream", .refusedStream))
        } else if exchange.resetCode == .http11Required {
            sender.http1IsRequired(self)
            refuse(attempt, .streamReset("the receiver reset the stream", .http11Required))
        } else if let code = exchange.resetCode {
            sender.finish(attempt, .failed(.streamReset("the receiver reset the stream", code)))
        } else {
            condemned.append(attempt)
        }
    }

    /// The receiver promises that it has done nothing with the request (RFC 9113 §8.7), or wants it by HTTP/1.1.
    private func refuse(_ attempt: Attempt, _ failure: TransportFailure) {
        if attempt.hasReconnected { sender.finish(attempt, .failed(failure)) } else { sender.reconnect(attempt) }
    }

    // MARK: Streams

    private func cancel(_ stream: HTTP2StreamID) {
        guard remove(stream) != nil else { return }
        write(stream, .rstStream(.cancel))
    }

    /// Before its attempt is told, so that the place is there for whatever the caller sends next.
    private func remove(_ stream: HTTP2StreamID) -> HTTP2Exchange? {
        guard let exchange = exchanges.removeValue(forKey: stream) else { return nil }
        if isDraining {
            if exchanges.isEmpty { context?.eventLoop.assumeIsolated().execute { self.close() } }
        } else if exchanges.isEmpty {
            sender.lastStreamEnded(self)
        } else {
            sender.streamEnded(self)
        }
        return exchange
    }

    private func write(_ stream: HTTP2StreamID, _ payload: HTTP2Frame.FramePayload) {
        guard let context else { return }
        context.write(wrapOutboundOut(HTTP2Frame(streamID: stream, payload: payload)), promise: nil)
        // One flush for all that a read has caused.
        if isReading { mustFlush = true } else { context.flush() }
    }
}

/// More than an orderly end has.
struct TooManyGoAways: Error {}
