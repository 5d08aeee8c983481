import NIOCore
import NIOHPACK
import NIOHTTP2

/// One stream: a request that was written, and what has come back.
struct HTTP2Exchange {
    /// nil once the attempt is over and only the stream still stands.
    var attempt: Attempt?
    private(set) var assembly: ResponseAssembly
    let startedAt: NIODeadline
    /// The connection had carried a whole response before, and may have died since.
    let isOnUsedConnection: Bool
    private(set) var hasBegun = false
    /// With which the receiver reset the stream.
    var resetCode: HTTP2ErrorCode?

    init(_ attempt: Attempt, isOnUsedConnection: Bool) {
        self.attempt = attempt
        self.isOnUsedConnection = isOnUsedConnection
        assembly = ResponseAssembly(bytesKept: attempt.bodyBytesKept)
        startedAt = .now()
    }

    mutating func read(_ headers: HPACKHeaders) {
        hasBegun = true
        // What follows the body are trailers.
        guard !assembly.hasHead, let status = headers.first(name: ":status").flatMap({ Int($0) }) else { return }
        assembly.appendHead(status: status) { headers.first(name: $0) }
    }

    mutating func read(_ bytes: ByteBuffer) {
        hasBegun = true
        assembly.append(bytes)
    }

    mutating func readEnd() { assembly.appendEnd() }
}
