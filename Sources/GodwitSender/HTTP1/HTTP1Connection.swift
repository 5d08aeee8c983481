import GodwitCore
import NIOCore
import NIOHTTP1

/// One HTTP/1.1 connection: writes a request's bytes as they are, reads the response, and tells the sender.
///
/// The pipeline is TLS (for https), this handler, `ResponsePartReader`. NIO's decoder is driven from here rather than from a
/// `ByteToMessageHandler`, because that one takes requests only as parts to encode, and ours are bytes already.
final class HTTP1Connection: ChannelInboundHandler, PooledConnection {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = HTTPClientResponsePart

    let origin: WebhookURL.Origin
    let openedAt = NIODeadline.now()
    /// When the last response was complete.
    var idleSince: NIODeadline

    private let sender: WebhookSender
    private let decoder: HTTPResponseDecoder
    private var context: ChannelHandlerContext?

    private var attempt: Attempt?
    fileprivate var assembly = ResponseAssembly()
    /// Bytes of a header line that isn't complete yet.
    private var undecoded: ByteBuffer?
    /// Bytes above TLS since the last request was written.
    private var bytesReceived = 0
    /// Something came after the end of the response: what the next response's bytes would mean is unknown.
    private var hasSurplus = false
    private var transportError: (any Error)?

    init(origin: WebhookURL.Origin, sender: WebhookSender) {
        self.origin = origin
        idleSince = openedAt
        self.sender = sender
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = Limits.responseHeaderBytes
        limits.maxHeaderListSize = Limits.responseHeaderBytes
        decoder = HTTPResponseDecoder(informationalResponseStrategy: .forward, limitConfiguration: limits)
    }

    // MARK: Asked by the sender

    /// The connection must be ready and free.
    func write(_ attempt: Attempt) {
        self.attempt = attempt
        assembly = ResponseAssembly(bytesKept: attempt.bodyBytesKept)
        bytesReceived = 0
        // The decoder must know that a response is expected, and that it answers a POST.
        decoder.write(data: .head(Self.post))
        context?.writeAndFlush(NIOAny(attempt.request), promise: nil)
    }

    /// The response, should one still come, can't be told from the next one's.
    func abandon(_: Attempt) {
        attempt = nil
        close()
    }

    func close() { context?.close(promise: nil) }

    private static let post = HTTPRequestHead(version: .http1_1, method: .POST, uri: "/")

    // MARK: Told by the channel

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        decoder.decoderAdded(context: context)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        decoder.decoderRemoved(context: context)
        self.context = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard let attempt else {
            sender.connectionIsSpoiled(self)
            return close()
        }
        var bytes = unwrapInboundIn(data)
        attempt.hasRead(at: .now())
        bytesReceived += bytes.readableBytes
        guard bytesReceived <= Limits.responseWireBytes else { return fail(attempt, .responseTooLarge) }
        if var rest = undecoded.take() {
            rest.writeBuffer(&bytes)
            bytes = rest
        }
        do {
            _ = try decoder.decode(context: context, buffer: &bytes)
        } catch {
            guard assembly.isComplete else { return fail(attempt, .malformed(error)) }
            hasSurplus = true
        }
        if bytes.readableBytes > 0 { undecoded = bytes }
        if let failure = assembly.failure { return fail(attempt, failure) }
        if !assembly.hasHead, bytesReceived > Limits.responseHeaderBytes {
            fail(attempt, .malformed("more than \(Limits.responseHeaderBytes) bytes of headers"))
        }
    }

    /// Not before the whole read is through: what follows the response in the same read must spoil the connection.
    func channelReadComplete(context: ChannelHandlerContext) {
        if let attempt, let response = assembly.response { finish(attempt, response) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if transportError == nil { transportError = error }
        sender.connectionIsSpoiled(self)
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        sender.connectionIsSpoiled(self)
        if let attempt { connectionEnded(attempt, context: context) }
    }

    // MARK: Ends of an attempt

    private func finish(_ attempt: Attempt, _ response: ReceiverResponse) {
        self.attempt = nil
        sender.connection(self, finished: attempt, response, isReusable: isReusable)
    }

    private func fail(_ attempt: Attempt, _ failure: TransportFailure) {
        abandon(attempt)
        sender.finish(attempt, .failed(failure))
    }

    private func connectionEnded(_ attempt: Attempt, context: ChannelHandlerContext) {
        if attempt.connectionReused, bytesReceived == 0, !attempt.hasReconnected {
            // The receiver closed a connection that had been waiting, at the moment when we used it. That is nobody's failure.
            self.attempt = nil
            return sender.reconnect(attempt)
        }
        if transportError == nil, assembly.hasHead {
            // A body without a length ends with the connection (RFC 9112 §6.3, case 8).
            var rest = undecoded.take() ?? ByteBuffer()
            _ = try? decoder.decodeLast(context: context, buffer: &rest, seenEOF: true)
        }
        if let failure = assembly.failure { return fail(attempt, failure) }
        if let response = assembly.response { return finish(attempt, response) }
        fail(attempt, .connectionClosed(transportError, hasBegun: bytesReceived > 0))
    }

    private var isReusable: Bool {
        guard assembly.isKeepAlive, !hasSurplus, undecoded == nil, transportError == nil, let context, context.channel.isActive
        else { return false }
        // An answer may come before the request has been read, 413 for example; the rest of the request is then still queued.
        guard (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) == 0 else { return false }
        // Would it be wrong if the connection ended here? Then the decoder has begun to read another response.
        var nothing = ByteBuffer()
        return (try? decoder.decodeLast(context: context, buffer: &nothing, seenEOF: true)) != nil
    }
}

/// Hands the decoder's parts back to the connection.
final class ResponsePartReader: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart

    private let connection: HTTP1Connection

    init(_ connection: HTTP1Connection) { self.connection = connection }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        connection.assembly.append(unwrapInboundIn(data))
    }

    /// The decoder throws what it also fires.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {}
}
