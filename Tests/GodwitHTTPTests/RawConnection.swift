import GodwitCore
import NIOCore
import NIOPosix
import Testing

/// A TCP connection on which a test sends whatever bytes it likes.
actor RawConnection {
    private let channel: any Channel
    private var chunks: AsyncStream<[UInt8]>.Iterator
    private var received: [UInt8] = []

    private init(channel: any Channel, chunks: AsyncStream<[UInt8]>.Iterator) {
        self.channel = channel
        self.chunks = chunks
    }

    static func open(port: Int) async throws -> RawConnection {
        let (stream, continuation) = AsyncStream.makeStream(of: [UInt8].self)
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Collector(continuation: continuation))
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
        return RawConnection(channel: channel, chunks: stream.makeAsyncIterator())
    }

    func send(_ bytes: [UInt8]) async throws { try await channel.writeAndFlush(ByteBuffer(bytes: bytes)) }

    /// No more is sent; answers can still be read.
    func finishSending() async throws { try await channel.close(mode: .output) }

    func close() async throws { try? await channel.close() }

    /// The next response on the connection; interim ones count.
    func response() async throws -> RawResponse {
        while true {
            if let (response, rest) = try RawResponse.parse(received) {
                received = rest
                return response
            }
            guard let chunk = await nextChunk() else { throw ConnectionEnded(received: received.count) }
            received += chunk
        }
    }

    /// Whether the server has closed its side, and sent nothing more before.
    func isEnded() async -> Bool {
        guard received.isEmpty else { return false }
        return await nextChunk() == nil
    }

    private func nextChunk() async -> [UInt8]? {
        var iterator = chunks
        defer { chunks = iterator }
        return await iterator.next(isolation: self)
    }

    struct ConnectionEnded: Error {
        let received: Int
    }
}

private final class Collector: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private let continuation: AsyncStream<[UInt8]>.Continuation

    init(continuation: AsyncStream<[UInt8]>.Continuation) { self.continuation = continuation }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { continuation.yield(Array(buffer: unwrapInboundIn(data))) }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed = event { continuation.finish() }
    }

    func channelInactive(context: ChannelHandlerContext) { continuation.finish() }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}

struct RawResponse: Sendable {
    let status: Int
    /// Names in lower case.
    let headers: [String: String]
    let body: [UInt8]

    var text: String { String(decoding: body, as: UTF8.self) }

    /// Every answer is JSON or 204.
    var json: JSONValue { get throws { try JSONValue.parse(body) } }

    subscript(name: String) -> JSONValue? { (try? json)?[name] }

    var id: String { self["id"]?.string ?? "" }
    var code: String? { self["code"]?.string }
    var detail: String? { self["detail"]?.string }
    /// `loc` of each error of a 422, joined by dots.
    var locations: [String] {
        self["detail"]?.items.map { $0["loc"]?.items.compactMap(\.string).joined(separator: ".") ?? "?" } ?? []
    }
    var messages: String { self["detail"]?.items.compactMap { $0["msg"]?.string }.joined(separator: " | ") ?? "" }
    /// Of the items of a list.
    func column(_ name: String) -> [String] { self["data"]?.items.compactMap { $0[name]?.string } ?? [] }

    /// nil when the bytes don't hold a whole response yet.
    static func parse(_ bytes: [UInt8]) throws -> (RawResponse, rest: [UInt8])? {
        guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
        let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
        let status = try #require(lines.first?.split(separator: " ").dropFirst().first.flatMap { Int($0) })
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            headers[parts[0].lowercased()] = parts.count > 1 ? String(parts[1].drop { $0 == " " }) : ""
        }
        let length = headers["content-length"].flatMap { Int($0) } ?? 0
        let rest = bytes[end.upperBound...]
        guard rest.count >= length else { return nil }
        return (RawResponse(status: status, headers: headers, body: Array(rest.prefix(length))), Array(rest.dropFirst(length)))
    }
}

extension JSONValue {
    var string: String? { if case .string(let text) = self { text } else { nil } }
    var number: Int? { if case .number(let text) = self { Int(text) } else { nil } }
    var items: [JSONValue] { if case .array(let items) = self { items } else { [] } }
    var names: [String] { if case .object(let members) = self { members.map(\.name) } else { [] } }
}
