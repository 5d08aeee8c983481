/// How one attempt to deliver ended, as the sender saw it. Whether that is a success is not decided here; see
/// `ResponseContract`.
package enum AttemptOutcome: Hashable, Sendable {
    /// A whole response was read.
    case responded(ReceiverResponse)
    /// No whole response was read, for this reason.
    case failed(TransportFailure)
}

/// What the receiver answered.
package struct ReceiverResponse: Hashable, Sendable {
    /// 100...599; interim (1xx) responses are skipped and never end an attempt.
    package var status: UInt16
    /// The `Retry-After` header, if it was present and well-formed.
    package var retryAfter: RetryAfter?
    /// The `webhook-delivery` header, if it holds a word that we know.
    package var directive: ReceiverDirective?
    /// The first bytes of the body, as many as the endpoint keeps.
    package var body: [UInt8]

    package init(status: UInt16, retryAfter: RetryAfter? = nil, directive: ReceiverDirective? = nil, body: [UInt8] = []) {
        self.status = status
        self.retryAfter = retryAfter
        self.directive = directive
        self.body = body
    }
}

/// What a receiver may demand with the response header `webhook-delivery`, whatever the status. Other words are ignored.
package enum ReceiverDirective: String, Hashable, Sendable {
    /// No further attempt of this delivery.
    case stop
    /// Try again by the schedule, even after a status that would end it.
    case retry

    /// In upper or lower case, with spaces around it.
    package init?(header text: some StringProtocol) { self.init(rawValue: text.trimmingSpaces.lowercased()) }
}

/// Why an attempt got no whole response. `detail` is a bounded text for people and holds no secret and no payload.
package struct TransportFailure: Hashable, Sendable {
    /// Closed on purpose: the names are stored and shown, so a new one is a change of the contract.
    package enum Code: String, Hashable, Sendable, CaseIterable {
        case nameNotResolved = "name_not_resolved"
        case addressForbidden = "address_forbidden"
        case connectFailed = "connect_failed"
        case connectTimedOut = "connect_timed_out"
        case tlsFailed = "tls_failed"
        case firstByteTimedOut = "first_byte_timed_out"
        case responseTimedOut = "response_timed_out"
        /// The response began, and then nothing came for too long.
        case bodyIdle = "body_idle_timed_out"
        case connectionClosed = "connection_closed"
        case malformedResponse = "malformed_response"
        case responseTooLarge = "response_too_large"
        /// HTTP/2: the receiver reset the stream, or refused it (RST_STREAM, GOAWAY).
        case streamReset = "stream_reset"
        /// The outgoing proxy refused the connection or did not answer as a proxy does.
        case proxyFailed = "proxy_failed"
        /// The request could not be put together; nothing was sent.
        case notSigned = "not_signed"
    }

    package var code: Code
    package var detail: String

    package init(_ code: Code, _ detail: String) {
        self.code = code
        self.detail = String(detail.prefix(Limits.failureDetailCharacters))
    }
}

/// Where the time of one attempt went, in microseconds. A phase that didn't happen (a reused connection has no connect) is nil.
package struct AttemptTimings: Hashable, Sendable {
    package var resolve: UInt32?
    package var connect: UInt32?
    package var tls: UInt32?
    /// From the request being written to the first byte of the response.
    package var firstByte: UInt32?
    /// From the start of the attempt to its end.
    package var total: UInt32

    package init(
        resolve: UInt32? = nil, connect: UInt32? = nil, tls: UInt32? = nil, firstByte: UInt32? = nil, total: UInt32 = 0
    ) {
        self.resolve = resolve
        self.connect = connect
        self.tls = tls
        self.firstByte = firstByte
        self.total = total
    }
}
