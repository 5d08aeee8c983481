import GodwitCore
import NIOCore
import NIOHTTP2
import NIOSSL
import NIOTLS

/// Brings a TCP connection to where requests can be written: through the proxy, through TLS, to the protocol that the receiver
/// chose. Then it leaves the pipeline to the connection.
final class OpeningHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let opening: ConnectionOpening
    private let route: Route
    private let connector: Connector
    private let sender: WebhookSender
    private let proxyFailed: (TransportFailure) -> Void
    private var channel: (any Channel)?
    private var dialogue: ProxyDialogue?
    private var undigested = ByteBuffer()
    private var transportError: (any Error)?
    private var isDone = false

    init(
        _ opening: ConnectionOpening, route: Route, connector: Connector, sender: WebhookSender,
        proxyFailed: @escaping (TransportFailure) -> Void
    ) {
        self.opening = opening
        self.route = route
        self.connector = connector
        self.sender = sender
        self.proxyFailed = proxyFailed
        dialogue = route.proxy.map { ProxyDialogue($0, to: route.target, port: route.targetPort) }
    }

    func close() {
        isDone = true
        channel?.close(promise: nil)
    }

    func channelActive(context: ChannelHandlerContext) {
        channel = context.channel
        context.channel.closeFuture.assumeIsolated().whenComplete { [sender] _ in sender.connectionIsClosed() }
        // Abandoned while TCP was on its way.
        guard !isDone else { return close() }
        if let dialogue {
            opening.enter(.proxying)
            context.writeAndFlush(wrapOutboundOut(dialogue.firstWords), promise: nil)
        } else {
            tunnelStands(context)
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        guard !isDone, dialogue != nil else { return }
        undigested.writeBuffer(&bytes)
        while let step = dialogue?.read(&undigested) {
            switch step {
            case .more:
                return
            case .say(let words):
                context.writeAndFlush(wrapOutboundOut(words), promise: nil)
            case .done:
                dialogue = nil
                // The receiver speaks after us, so nothing can have come from it yet.
                guard undigested.readableBytes == 0 else { return fail(.proxy("it went on after its answer")) }
                return tunnelStands(context)
            case .refused(let text):
                return fail(.proxy(text))
            }
        }
    }

    private func tunnelStands(_ context: ChannelHandlerContext) {
        switch opening.target.scheme {
        case .http:
            speakHTTP1(context)
        case .https:
            opening.enter(.handshaking)
            do {
                let origin = opening.target.origin
                let tls = try connector.makeTLSHandler(for: origin, offersHTTP2: sender.mayOfferHTTP2(to: origin))
                try context.pipeline.syncOperations.addHandler(tls, position: .before(self))
            } catch {
                errorCaught(context: context, error: error)
            }
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard !isDone, let event = event as? TLSUserEvent, case .handshakeCompleted(let chosen) = event else { return }
        if chosen == "h2" { speakHTTP2(context) } else { speakHTTP1(context) }
    }

    private func speakHTTP1(_ context: ChannelHandlerContext) {
        let connection = HTTP1Connection(origin: opening.target.origin, sender: sender)
        replace(with: [connection, ResponsePartReader(connection)], context)
        opening.ready(connection)
    }

    private func speakHTTP2(_ context: ChannelHandlerContext) {
        opening.enter(.greeting)
        let connection = HTTP2Connection(opening, sender: sender)
        replace(with: [HTTP2Connection.makeFrameHandler(), connection], context)
    }

    private func replace(with handlers: [any ChannelHandler], _ context: ChannelHandlerContext) {
        isDone = true
        let pipeline = context.pipeline.syncOperations
        do {
            // Each is added when those before it can take what it writes.
            for handler in handlers { try pipeline.addHandler(handler) }
            pipeline.removeHandler(self, promise: nil)
        } catch {
            // Only a channel that is closed already refuses handlers.
            errorCaught(context: context, error: error)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if transportError == nil { transportError = error }
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        guard !isDone else { return }
        if dialogue != nil { return fail(.proxy("it closed the connection")) }
        fail(.tls(transportError, host: opening.target.host))
    }

    private func fail(_ failure: TransportFailure) {
        close()
        switch failure.code {
        case .proxyFailed: proxyFailed(failure)
        default: opening.fail(failure)
        }
    }
}
