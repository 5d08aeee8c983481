import GodwitCore
import NIOCore

/// One kept-alive connection with one publish on its way at a time.
final class LoadConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let generator: LoadGenerator
    /// Sent again and again, with other digits.
    private var request: ByteBuffer
    private let payloadOffset: Int
    private let paths: [String]
    /// The start of an answer whose end has not come yet.
    private var partial: ByteBuffer?
    /// What waits for its answer.
    private var publish: LoadSchedule.Publish?
    private var context: ChannelHandlerContext?

    init(_ generator: LoadGenerator, target: LoadTarget) {
        self.generator = generator
        let (request, payloadOffset) = target.request()
        self.request = ByteBuffer(bytes: request)
        self.payloadOffset = payloadOffset
        paths = target.paths
    }

    /// Without effect once the connection has ended: its end was told to the generator.
    func send(_ publish: LoadSchedule.Publish) {
        guard let context else { return }
        self.publish = publish
        if paths.count > 1 { request.setString(paths[publish.sequence % paths.count], at: LoadTarget.pathOffset) }
        request.setDigits(
            UInt64(publish.sequence), count: EventTemplate.sequenceDigits, at: payloadOffset + EventTemplate.sequenceOffset)
        request.setDigits(publish.sentAt, count: EventTemplate.sentAtDigits, at: payloadOffset + EventTemplate.sentAtOffset)
        request.setDigits(publish.isMeasured ? 1 : 0, count: 1, at: payloadOffset + EventTemplate.measuredOffset)
        context.writeAndFlush(wrapOutboundOut(request), promise: nil)
    }

    func close() { context?.close(promise: nil) }

    // MARK: Events of the channel

    func channelActive(context: ChannelHandlerContext) {
        self.context = context
        generator.opened(self)
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.context = nil
        let unanswered = publish
        publish = nil
        generator.closed(self, waitingFor: unanswered)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var buffer = unwrapInboundIn(data)
        if var partial {
            self.partial = nil
            partial.writeBuffer(&buffer)
            buffer = partial
        }
        do throws(MessageHead.Malformed) {
            guard try read(buffer) else {
                partial = buffer
                return
            }
        } catch {
            generator.fail(LoadError(description: "the server's answer is not understood: \(error)"))
        }
    }

    /// - Returns: false while the answer isn't complete.
    private func read(_ buffer: ByteBuffer) throws(MessageHead.Malformed) -> Bool {
        let bytes = buffer.readableBytesUInt8Span
        guard let head = try MessageHead.scan(bytes) else { return false }
        let (status, bodyLength) = try head.answer(bytes)
        let end = head.length + bodyLength
        guard bytes.count >= end else { return false }
        guard let publish, bytes.count == end else {
            generator.fail(LoadError(description: "the server sent more than one answer to one request"))
            return true
        }
        self.publish = nil
        if status == 429 { self.publish = publish }  // It is sent again, so it still waits.
        generator.answered(self, publish, status: status, body: bytes.extracting(head.length..<end))
        return true
    }
}

extension ByteBuffer {
    /// - Parameter count: with zeros in front.
    fileprivate mutating func setDigits(_ value: UInt64, count: Int, at offset: Int) {
        var rest = value
        for index in stride(from: offset + count - 1, through: offset, by: -1) {
            let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
            setInteger(UInt8(ascii: "0") + UInt8(digit), at: index)
            rest = quotient
        }
    }
}
