import NIOCore
import NIOHTTP1

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// One connection of a scripted receiver. It writes bytes rather than HTTP parts, since much of what it says is not HTTP.
final class ReceiverConnection: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = ByteBuffer

    private let log: ReceiverLog
    private let script: ReceiverStub.Script
    private let number: Int
    private var head: HTTPRequestHead?
    private var body: [UInt8] = []

    init(log: ReceiverLog, script: @escaping ReceiverStub.Script) {
        self.log = log
        self.script = script
        number = log.connectionAccepted()
    }

    func channelInactive(context: ChannelHandlerContext) { log.connectionClosed() }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body = []
        case .body(let bytes):
            body += bytes.readableBytesView
        case .end:
            guard let head else { return }
            let request = ReceivedRequest(
                method: head.method.rawValue, path: head.uri, headers: head.headers.map { ($0.name, $0.value) }, body: body,
                arrivedAt: NIODeadline.now().uptimeNanoseconds, connection: number)
            let index = log.append(request)
            perform(script(request, index), on: context)
        }
    }

    private func perform(_ action: ReceiverAction, on context: ChannelHandlerContext) {
        switch action {
        case .status(let code, let headers, let body):
            write(Self.response(code, headers, body), on: context)
        case .statusThenClose(let code):
            write(Self.response(code, [], []), thenClose: true, on: context)
        case .hang:
            break
        case .drip(let bytes, let milliseconds):
            drip(bytes[...], every: .milliseconds(milliseconds), on: context)
        case .reset:
            reset(context)
        case .resetInsideBody:
            write(Array("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf".utf8), on: context)
            context.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(20)) { self.reset(context) }
        case .closeAfterHeaders:
            write(Array("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n".utf8), thenClose: true, on: context)
        case .raw(let bytes, let thenClose):
            write(bytes, thenClose: thenClose, on: context)
        case .redirect(let location):
            write(Self.response(302, [("Location", location)], []), on: context)
        case .hugeBody(let count):
            write(Self.response(200, [], [UInt8](repeating: UInt8(ascii: "x"), count: count)), on: context)
        case .flood(let count):
            write(Array("HTTP/1.1 200 OK\r\nContent-Length: \(count)\r\n\r\n".utf8), on: context)
            flood(count, on: context)
        case .endlessHeaders:
            write(Array("HTTP/1.1 200 OK\r\n".utf8), on: context)
            endlessHeaders(on: context)
        case .bodyShorterThanSaid:
            write(Array("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort".utf8), thenClose: true, on: context)
        case .bodyLongerThanSaid:
            write(Array("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok and more".utf8), on: context)
        case .interimStorm(let count):
            let interim = String(repeating: "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", count: count)
            write(Array(interim.utf8) + Self.response(200, [], []), on: context)
        }
    }

    private static func response(_ code: Int, _ headers: [(String, String)], _ body: [UInt8]) -> [UInt8] {
        var head = "HTTP/1.1 \(code) \(HTTPResponseStatus(statusCode: code).reasonPhrase)\r\n"
        for (name, value) in headers { head += "\(name): \(value)\r\n" }
        // These never have a body, nor a length (RFC 9110 §8.6).
        if code != 204, code != 304 { head += "Content-Length: \(body.count)\r\n" }
        return Array((head + "\r\n").utf8) + body
    }

    private func write(_ bytes: [UInt8], thenClose: Bool = false, on context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: bytes)), promise: nil)
        if thenClose { context.close(promise: nil) }
    }

    private func drip(_ bytes: ArraySlice<UInt8>, every interval: TimeAmount, on context: ChannelHandlerContext) {
        guard let first = bytes.first, context.channel.isActive else { return }
        write([first], on: context)
        context.eventLoop.assumeIsolated().scheduleTask(in: interval) {
            self.drip(bytes.dropFirst(), every: interval, on: context)
        }
    }

    private func flood(_ count: Int, on context: ChannelHandlerContext) {
        guard count > 0, context.channel.isActive else { return }
        let piece = min(count, 64 * 1024)
        let written = context.eventLoop.makePromise(of: Void.self)
        let bytes = ByteBuffer(repeating: UInt8(ascii: "x"), count: piece)
        context.writeAndFlush(wrapOutboundOut(bytes), promise: written)
        written.futureResult.assumeIsolated().whenSuccess {
            context.eventLoop.assumeIsolated().execute { self.flood(count - piece, on: context) }
        }
    }

    private func endlessHeaders(on context: ChannelHandlerContext) {
        guard context.channel.isActive else { return }
        write(Array("X-Filler: \(String(repeating: "y", count: 4000))\r\n".utf8), on: context)
        context.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(1)) { self.endlessHeaders(on: context) }
    }

    /// Closing with a linger time of zero sends RST instead of FIN.
    private func reset(_ context: ChannelHandlerContext) {
        guard let socket = context.channel as? any SocketOptionProvider else { return context.close(promise: nil) }
        socket.setSoLinger(linger(l_onoff: 1, l_linger: 0)).assumeIsolated().whenComplete { _ in context.close(promise: nil) }
    }
}
