import GodwitCore
import NIOCore
import NIOHTTP1

/// What has been read of one response so far.
struct ResponseAssembly {
    /// Set once: the response can't be accepted any more, whatever follows.
    private(set) var failure: TransportFailure?
    private(set) var isComplete = false
    /// The receiver offers the connection for another request (RFC 9112 §9.3).
    private(set) var isKeepAlive = false
    /// The final head has been read.
    var hasHead: Bool { status != nil }

    private var status: UInt16?
    private var retryAfter: RetryAfter?
    private var directive: ReceiverDirective?
    private let bytesKept: Int
    private var kept: [UInt8] = []
    private var bodyBytes = 0
    private var interimResponses = 0

    /// - Parameter bytesKept: how much of the body the attempt's record keeps.
    init(bytesKept: Int = 0) { self.bytesKept = bytesKept }

    /// The response; nil as long as it isn't complete.
    var response: ReceiverResponse? {
        guard isComplete, let status else { return nil }
        return ReceiverResponse(status: status, retryAfter: retryAfter, directive: directive, body: kept)
    }

    mutating func append(_ part: HTTPClientResponsePart) {
        guard failure == nil, !isComplete else { return }
        switch part {
        case .head(let head):
            appendHead(status: Int(head.status.code)) { head.headers.first(name: $0) }
            if hasHead { isKeepAlive = head.isKeepAlive }
        case .body(let bytes): append(bytes)
        case .end: isComplete = true
        }
    }

    /// - Parameter field: the value of a header field, by its lower-case name.
    mutating func appendHead(status code: Int, field: (String) -> String?) {
        switch code {
        case 100, 102...199:
            interimResponses += 1
            if interimResponses > Limits.interimResponses {
                failure = TransportFailure(.malformedResponse, "more than \(Limits.interimResponses) interim responses")
            }
        case 200...599:
            status = UInt16(code)
            retryAfter = field("retry-after").flatMap { RetryAfter($0) }
            directive = field("webhook-delivery").flatMap { ReceiverDirective(header: $0) }
        default:
            // 101 among them: we never ask for another protocol.
            failure = TransportFailure(.malformedResponse, "status \(code)")
        }
    }

    mutating func appendEnd() {
        guard failure == nil else { return }
        if hasHead { isComplete = true } else { failure = .malformed("the response ended before its status") }
    }

    mutating func append(_ bytes: ByteBuffer) {
        bodyBytes += bytes.readableBytes
        guard bodyBytes <= Limits.responseBodyBytesRead else {
            failure = .responseTooLarge
            return
        }
        let room = bytesKept - kept.count
        // Copied: a slice would keep the whole read buffer alive for as long as the attempt's record.
        if room > 0 { kept.append(contentsOf: bytes.readableBytesView.prefix(room)) }
    }
}

extension TransportFailure {
    static let responseTooLarge = TransportFailure(
        .responseTooLarge, "the response is longer than \(Limits.responseBodyBytesRead) bytes")
}
