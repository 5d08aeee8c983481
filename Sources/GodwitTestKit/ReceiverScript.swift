/// What a scripted receiver does with one request.
package enum ReceiverAction: Sendable {
    /// A whole response with its length; the connection is kept alive.
    case status(Int, headers: [(String, String)] = [], body: [UInt8] = [])
    /// As `status(200)`, then the connection is closed without a word, as an idle timeout would do it.
    case statusThenClose(Int)
    /// Reads the request, and nothing more happens.
    case hang
    /// These bytes of a response, one at a time.
    case drip([UInt8], everyMilliseconds: Int64)
    /// The connection is reset (RST) before a byte of the response.
    case reset
    /// The connection is reset inside the body.
    case resetInsideBody
    /// The head announces a body; the connection is closed after it.
    case closeAfterHeaders
    /// These bytes, whatever they are; then the connection is closed, if asked for.
    case raw([UInt8], thenClose: Bool)
    case redirect(to: String)
    /// A response with a body of this many bytes and their right count.
    case hugeBody(bytes: Int)
    /// As `hugeBody`, but written piece by piece, as fast as the other side reads.
    case flood(bytes: Int)
    /// Header fields until the other side gives up.
    case endlessHeaders
    /// `Content-Length` says more than comes, then the connection is closed.
    case bodyShorterThanSaid
    /// `Content-Length` says less than comes.
    case bodyLongerThanSaid
    /// This many `103` responses, then 200.
    case interimStorm(Int)

    package static let ok = ReceiverAction.status(200)

    package static func raw(_ text: String, thenClose: Bool = false) -> ReceiverAction {
        .raw(Array(text.utf8), thenClose: thenClose)
    }
}

/// One request as it arrived.
package struct ReceivedRequest: Sendable {
    package var method: String
    /// The request target: path and query.
    package var path: String
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]
    /// Nanoseconds of the machine's uptime when the last byte of the request was read.
    package var arrivedAt: UInt64
    /// Number of the connection that brought it, from 0.
    package var connection: Int

    package func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }
}
