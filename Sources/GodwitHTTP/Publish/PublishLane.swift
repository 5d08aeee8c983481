import GodwitCore
import GodwitEngine
import HTTPTypes
import Logging
import NIOCore
import NIOHTTPTypes
import NIOHTTPTypesHTTP1

/// The first handler behind HTTP's parser: it takes requests to publish itself, and lets the router have the rest.
///
/// One request is in hand at a time. It is put together first, within the limits of size and time, so that what is behind sees
/// only whole requests. While one is being answered, whatever else the client sent already is held, and no more is read: answers
/// leave in the order of requests, and a client that doesn't wait for them can't fill the memory.
final class PublishLane: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private enum Phase {
        /// For a request's head. Exits: `reading`, `closing`
        case waiting
        /// Exits: `publishing`, `forwarded` (whole), `closing` (refused)
        case reading(RequestAssembly)
        /// The engine has it. Exits: `waiting`, `closing` (answered)
        case publishing(keepsAlive: Bool)
        /// The router has it. Exits: `waiting`, `closing` (answered)
        case forwarded(keepsAlive: Bool)
        /// The last answer was written; whatever comes is thrown away.
        case closing
    }

    private let publisher: Publisher
    private let budget: BodyBudget
    /// What of the budget the request in hand has.
    private var taken = 0
    private var phase = Phase.waiting
    private var held = CircularBuffer<HTTPRequestPart>()
    private var isDraining = false
    private var readIsHeld = false
    /// What the handlers behind would close the connection for, if they knew it before everything is answered.
    private var inputIsClosed = false
    private var isQuiescing = false
    private var failure: Problem?
    private var timer: DeadlineTimer?
    private var date = DateField()

    init(publisher: Publisher, budget: BodyBudget) {
        self.publisher = publisher
        self.budget = budget
    }

    // MARK: Requests

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        if isBusy || !held.isEmpty { held.append(part) } else { receive(part, context) }
    }

    private func receive(_ part: HTTPRequestPart, _ context: ChannelHandlerContext) {
        do throws(Problem) {
            switch (phase, part) {
            case (.waiting, .head(let head)):
                try begin(head, context)
            case (.reading(var assembly), .body(let bytes)):
                // The phase lets go of the buffer first, or appending to it would copy it.
                phase = .waiting
                try take(bytes.readableBytes)
                try assembly.append(bytes)
                phase = .reading(assembly)
            case (.reading(var assembly), .end(let trailers)):
                assembly.end(trailers)
                serve(assembly, context)
            case (.closing, .end):
                context.close(promise: nil)
            case (.waiting, _), (.reading, .head), (.publishing, _), (.forwarded, _), (.closing, _):
                break
            }
        } catch {
            refuse(error, context)
        }
    }

    private func begin(_ head: HTTPRequest, _ context: ChannelHandlerContext) throws(Problem) {
        timer?.set(inSeconds: Limits.requestReadSeconds)
        let assembly = try RequestAssembly(head)
        phase = .reading(assembly)
        if assembly.expectsContinue {
            context.writeAndFlush(wrapOutboundOut(.head(HTTPResponse(status: .continue))), promise: nil)
        }
    }

    private func take(_ bytes: Int) throws(Problem) {
        guard budget.take(bytes) else { throw .overloaded }
        taken += bytes
    }

    private func giveBack() {
        budget.give(taken)
        taken = 0
    }

    private func serve(_ assembly: RequestAssembly, _ context: ChannelHandlerContext) {
        timer?.suspend()
        let target = RequestTarget(assembly.head.path ?? "")
        guard let application = Publisher.application(assembly.head, target) else { return forward(assembly, context) }
        phase = .publishing(keepsAlive: assembly.keepsAlive)
        let request = Publisher.Request(
            fields: assembly.head.headerFields, target: target, application: application,
            body: assembly.body.map { Array(buffer: $0) } ?? [])
        let bound = NIOLoopBound((lane: self, context: context), eventLoop: context.eventLoop)
        publisher.publish(request, on: context.eventLoop) { answer in
            bound.value.lane.published(answer, bound.value.context)
        }
    }

    private func forward(_ assembly: RequestAssembly, _ context: ChannelHandlerContext) {
        phase = .forwarded(keepsAlive: assembly.keepsAlive && !isQuiescing)
        context.fireChannelRead(wrapInboundOut(.head(assembly.head)))
        if let body = assembly.body { context.fireChannelRead(wrapInboundOut(.body(body))) }
        context.fireChannelRead(wrapInboundOut(.end(assembly.trailers)))
    }

    // MARK: Answers

    private func published(_ answer: Answer, _ context: ChannelHandlerContext) {
        guard case .publishing(let keepsAlive) = phase, timer != nil else { return }
        write(answer, thenClose: !keepsAlive || isQuiescing, context)
        drain(context)
    }

    /// Before the request is whole: what is still to come of it can't be told from the next one, so the connection ends.
    private func refuse(_ problem: Problem, _ context: ChannelHandlerContext) {
        held.removeAll()
        write(Answer(problem), thenClose: true, context)
    }

    private func write(_ answer: Answer, thenClose: Bool, _ context: ChannelHandlerContext) {
        var head = answer.head
        head.headerFields[.date] = date.text(at: publisher.service.engine.now)
        if thenClose { head.headerFields[.connection] = "close" }
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if let body = answer.body { context.write(wrapOutboundOut(.body(ByteBuffer(bytes: body))), promise: nil) }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: answered(context, thenClose: thenClose))
    }

    /// The router's answer passes by.
    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard case .forwarded(let keepsAlive) = phase else { return context.write(data, promise: promise) }
        switch unwrapOutboundIn(data) {
        case .head(var head) where !keepsAlive:
            head.headerFields[.connection] = "close"
            context.write(wrapOutboundOut(.head(head)), promise: promise)
        case .head, .body:
            context.write(data, promise: promise)
        case .end:
            let written = promise ?? context.eventLoop.makePromise()
            written.futureResult.cascade(to: answered(context, thenClose: !keepsAlive))
            context.write(data, promise: written)
            if !held.isEmpty || inputIsClosed || failure != nil {
                // Not here: the handlers behind are still in the middle of their writing.
                context.eventLoop.assumeIsolated().execute { self.drain(context) }
            }
        }
    }

    /// - Returns: what to fulfil when the answer's end has left.
    private func answered(_ context: ChannelHandlerContext, thenClose: Bool) -> EventLoopPromise<Void>? {
        giveBack()
        guard thenClose else {
            phase = .waiting
            timer?.set(inSeconds: Limits.connectionIdleSeconds)
            return nil
        }
        // To close at once could destroy the answer on its way, if more input has arrived than was read (RFC 9112 §9.6).
        phase = .closing
        timer?.set(inSeconds: Limits.lingerSeconds)
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenComplete { _ in context.close(mode: .output, promise: nil) }
        return written
    }

    // MARK: What was held

    private var isBusy: Bool {
        switch phase {
        case .publishing, .forwarded: true
        case .waiting, .reading, .closing: false
        }
    }

    private func drain(_ context: ChannelHandlerContext) {
        guard !isDraining else { return }
        isDraining = true
        while !isBusy, let part = held.popFirst() { receive(part, context) }
        isDraining = false
        if case .forwarded = phase { context.fireChannelReadComplete() }
        guard held.isEmpty else { return }
        if readIsHeld {
            readIsHeld = false
            context.read()
        }
        guard !isBusy else { return }
        if let failure {
            self.failure = nil
            refuse(failure, context)
        }
        if inputIsClosed {
            inputIsClosed = false
            inputClosed(context)
        }
    }

    func read(context: ChannelHandlerContext) {
        if isBusy, !held.isEmpty { readIsHeld = true } else { context.read() }
    }

    // MARK: The connection

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch (event, phase) {
        case (ChannelEvent.inputClosed as ChannelEvent, _):
            if isBusy || !held.isEmpty { inputIsClosed = true } else { inputClosed(context) }
        case (is ChannelShouldQuiesceEvent, .publishing):
            isQuiescing = true
        case (is ChannelShouldQuiesceEvent, .reading):
            // The rest of the request may be about to arrive; a client that dawdles must not hold up the server's end.
            isQuiescing = true
            timer?.set(inSeconds: Limits.lingerSeconds)
        default:
            context.fireUserInboundEventTriggered(event)
        }
    }

    private func inputClosed(_ context: ChannelHandlerContext) {
        if case .closing = phase {
            context.close(promise: nil)
        } else {
            context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if error is IOError || error is ChannelError { return context.fireErrorCaught(error) }
        if isBusy || !held.isEmpty { failure = .malformedRequest } else { refuse(.malformedRequest, context) }
    }

    func handlerAdded(context: ChannelHandlerContext) {
        timer = DeadlineTimer(eventLoop: context.eventLoop) { [weak self] in self?.expired(context) }
        timer?.set(inSeconds: Limits.connectionIdleSeconds)
        addConnectionVersion(context)
    }

    /// Between the parser and the codec that drops the version.
    private func addConnectionVersion(_ context: ChannelHandlerContext) {
        let pipeline = context.pipeline.syncOperations
        guard let codec = try? pipeline.handler(type: HTTP1ToHTTPServerCodec.self) else { return }
        do {
            try pipeline.addHandler(ConnectionVersion(), position: .before(codec))
        } catch {
            publisher.service.logger.error("connection not prepared", metadata: ["error": "\(error)"])
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        giveBack()
        timer?.cancel()
        timer = nil
    }

    private func expired(_ context: ChannelHandlerContext) {
        if case .reading = phase { refuse(.requestTimeout, context) } else { context.close(promise: nil) }
    }
}

/// The `Date` header, made once a second.
private struct DateField {
    private var second: Int64 = -1
    private var text = ""

    mutating func text(at now: Instant) -> String {
        if now.secondsSince1970 != second {
            second = now.secondsSince1970
            text = HTTPDate.format(now)
        }
        return text
    }
}
