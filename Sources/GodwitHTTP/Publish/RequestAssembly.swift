import GodwitCore
import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Puts the parts of one request together, and no more of it than is allowed.
struct RequestAssembly {
    let head: HTTPRequest
    private(set) var body: ByteBuffer?
    private(set) var trailers: HTTPFields?

    /// - Throws: when the head already says that the body is too large.
    init(_ head: HTTPRequest) throws(Problem) {
        self.head = head
        if let text = head.headerFields[.contentLength], let length = Int(text), length > Limits.requestBodyBytes {
            throw .bodyTooLarge
        }
    }

    mutating func append(_ part: ByteBuffer) throws(Problem) {
        guard (body?.readableBytes ?? 0) + part.readableBytes <= Limits.requestBodyBytes else { throw .bodyTooLarge }
        if body == nil { body = part } else { body?.writeImmutableBuffer(part) }
    }

    mutating func end(_ trailers: HTTPFields?) { self.trailers = trailers }

    /// The client waits for leave to send the body (RFC 9110 §10.1.1).
    var expectsContinue: Bool { head.headerFields[.expect]?.lowercased() == "100-continue" }

    /// Whether another request may follow (RFC 9112 §9.3).
    var keepsAlive: Bool {
        guard let connection = head.headerFields[.connection] else { return true }
        return !connection.split(separator: ",").contains { token in
            token.drop { $0 == " " }.lowercased().hasPrefix("close")
        }
    }
}
