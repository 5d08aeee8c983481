import NIOCore
import NIOPosix

/// A client of bare bytes, to cut requests where no library would.
enum TestExchange {
    /// - Parameter byteCount: returns once this many bytes, or the end, have come back.
    static func send(
        _ bytes: [UInt8], inPiecesOf size: Int, to address: SocketAddress, on group: any EventLoopGroup, awaiting byteCount: Int
    ) async throws -> String {
        let channel = try await ClientBootstrap(group: group)
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            .connect(to: address) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            for start in stride(from: 0, to: bytes.count, by: size) {
                try await outbound.write(ByteBuffer(bytes: bytes[start..<min(start + size, bytes.count)]))
            }
            var received = ""
            for try await part in inbound {
                received += String(buffer: part)
                if received.utf8.count >= byteCount { break }
            }
            return received
        }
    }
}
