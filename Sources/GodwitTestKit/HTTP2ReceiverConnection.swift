import NIOCore
import NIOHPACK

/// One connection of a scripted HTTP/2 receiver. It reads and writes frames as bytes, since much of what it says breaks the
/// rules.
final class HTTP2ReceiverConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private struct Request {
        var headers: [(name: String, value: String)]
        var body: [UInt8] = []
    }

    private let log: ReceiverLog
    private let greeting: [ScriptedFrame]
    private let grantsWindows: Bool
    private let answersEarly: Bool
    private let script: HTTP2ReceiverStub.Script
    private let number: Int
    private var unread = ByteBuffer()
    private var hasPreface = false
    private var hpack = HPACKDecoder(allocator: ByteBufferAllocator())
    private var requests: [UInt32: Request] = [:]

    init(
        log: ReceiverLog, greeting: [ScriptedFrame], grantsWindows: Bool, answersEarly: Bool,
        script: @escaping HTTP2ReceiverStub.Script
    ) {
        self.log = log
        self.greeting = greeting
        self.grantsWindows = grantsWindows
        self.answersEarly = answersEarly
        self.script = script
        number = log.connectionAccepted()
    }

    func channelInactive(context: ChannelHandlerContext) { log.connectionClosed() }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        unread.writeBuffer(&bytes)
        if !hasPreface {
            guard unread.readSlice(length: 24) != nil else { return }
            hasPreface = true
            write(greeting, stream: 0, on: context)
        }
        while let header = unread.getBytes(at: unread.readerIndex, length: 9) {
            let length = header[0..<3].reduce(0) { $0 << 8 | Int($1) }
            guard unread.readableBytes >= 9 + length else { return }
            unread.moveReaderIndex(forwardBy: 9)
            let stream = header[5..<9].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            read(type: header[3], flags: header[4], stream, unread.readSlice(length: length) ?? ByteBuffer(), on: context)
        }
    }

    private func read(
        type: UInt8, flags: UInt8, _ stream: UInt32, _ payload: ByteBuffer, on context: ChannelHandlerContext
    ) {
        var payload = payload
        switch type {
        case 0:
            requests[stream]?.body += payload.readableBytesView
            if grantsWindows, payload.readableBytes > 0 {
                let increment = UInt32(payload.readableBytes)
                write([.windowUpdate(.connection, increment), .windowUpdate(.stream, increment)], stream: stream, on: context)
            }
        case 1:
            let headers = (try? hpack.decodeHeaders(from: &payload)).map { $0.map { (name: $0.name, value: $0.value) } }
            requests[stream] = Request(headers: headers ?? [])
        case 3:
            requests[stream] = nil
        case 4 where flags & 1 == 0 && !greeting.isEmpty:
            write([.settingsAck], stream: 0, on: context)
        case 6 where flags & 1 == 0:
            write([.ping(ack: true, Array(payload.readableBytesView))], stream: 0, on: context)
        default:
            break
        }
        if type <= 1, flags & 1 == 1 || type == 1 && answersEarly { requestEnds(stream, on: context) }
    }

    private func requestEnds(_ stream: UInt32, on context: ChannelHandlerContext) {
        guard let request = requests.removeValue(forKey: stream) else { return }
        func field(_ name: String) -> String { request.headers.first { $0.name == name }?.value ?? "" }
        let received = ReceivedRequest(
            method: field(":method"), path: field(":path"), headers: request.headers, body: request.body,
            arrivedAt: NIODeadline.now().uptimeNanoseconds, connection: number)
        let index = log.append(received)
        switch script(received, index) {
        case .hang:
            break
        case .status(let code, let headers, let body):
            let fields = headers.map { ($0.0.lowercased(), $0.1) } + [("content-length", "\(body.count)")]
            let data = stride(from: 0, to: body.count, by: 16_000).map { start in
                let end = min(start + 16_000, body.count)
                return ScriptedFrame.data(Array(body[start..<end]), endStream: end == body.count)
            }
            write([.headers(status: code, fields, endStream: body.isEmpty)] + data, stream: stream, on: context)
        case .frames(let frames, let thenClose):
            write(frames, stream: stream, on: context)
            if thenClose { context.close(promise: nil) }
        case .endless(let frames, let first):
            write(first, stream: stream, on: context)
            endless(frames, stream: stream, on: context)
        }
    }

    private func write(_ frames: [ScriptedFrame], stream: UInt32, on context: ChannelHandlerContext) {
        guard !frames.isEmpty else { return }
        context.writeAndFlush(wrapOutboundOut(bytes(of: frames, stream: stream)), promise: nil)
    }

    private func bytes(of frames: [ScriptedFrame], stream: UInt32) -> ByteBuffer {
        var buffer = ByteBuffer()
        for frame in frames {
            let length = UInt32(frame.payload.count)
            buffer.writeBytes(ScriptedFrame.octets(length).dropFirst())
            buffer.writeBytes([frame.type, frame.flags])
            switch frame.place {
            case .connection: buffer.writeInteger(UInt32(0))
            case .stream: buffer.writeInteger(stream)
            }
            buffer.writeBytes(frame.payload)
        }
        return buffer
    }

    /// As fast as the other side reads, but with a pause that leaves the thread to other tests.
    private func endless(_ frames: [ScriptedFrame], stream: UInt32, on context: ChannelHandlerContext) {
        guard context.channel.isActive else { return }
        let written = context.eventLoop.makePromise(of: Void.self)
        context.writeAndFlush(wrapOutboundOut(bytes(of: frames, stream: stream)), promise: written)
        written.futureResult.assumeIsolated().whenSuccess {
            context.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(1)) {
                self.endless(frames, stream: stream, on: context)
            }
        }
    }
}
