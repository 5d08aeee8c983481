import GodwitCore
import NIOCore
import NIOHTTP1
import NIOHTTP2
import NIOSSL

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Errors of the network in words that tell the owner of an endpoint what to change.
extension TransportFailure {
    static func malformed(_ error: any Error) -> TransportFailure {
        switch error {
        case HTTPParserError.headerOverflow: malformed("too many or too long header fields")
        default: malformed("not HTTP/1.1: \(error)")
        }
    }

    static func malformed(_ text: String) -> TransportFailure { TransportFailure(.malformedResponse, text) }

    static func connect(_ error: any Error, by route: Route) -> TransportFailure {
        // Neither its name nor its address: they are of the inside, and the text is shown to the owner of an endpoint.
        let isProxy = route.proxy != nil
        let place = isProxy ? "the outgoing proxy" : "\(WebhookURL.Host.address(route.address)):\(route.port)"
        switch error {
        case ChannelError.connectTimeout(let time):
            return TransportFailure(
                isProxy ? .proxyFailed : .connectTimedOut, "\(place) didn't answer within \(time.nanoseconds / 1_000_000) ms")
        case let error as IOError:
            return TransportFailure(isProxy ? .proxyFailed : .connectFailed, "\(place): \(text(of: error))")
        default:
            return TransportFailure(isProxy ? .proxyFailed : .connectFailed, isProxy ? place : "\(place): \(error)")
        }
    }

    static func proxy(_ text: String) -> TransportFailure { TransportFailure(.proxyFailed, "the outgoing proxy: \(text)") }

    static func connectionClosed(_ error: (any Error)?, hasBegun: Bool) -> TransportFailure {
        let moment = hasBegun ? "before the response was complete" : "without a response"
        switch error {
        case let error as IOError:
            return TransportFailure(.connectionClosed, "\(text(of: error)), \(moment)")
        case nil, NIOSSLError.uncleanShutdown?:
            return TransportFailure(.connectionClosed, "closed by the receiver, \(moment)")
        case .some(let error):
            return TransportFailure(.connectionClosed, "\(error), \(moment)")
        }
    }

    static func http2(_ error: (any Error)?, hasBegun: Bool) -> TransportFailure {
        switch error {
        case nil, is IOError, is NIOSSLError, is ChannelError: connectionClosed(error, hasBegun: hasBegun)
        case is NIOHTTP2Errors.ExcessiveRSTFrames?: TransportFailure(.streamReset, "the receiver reset too many streams")
        case is TooManyGoAways?: malformed("more than \(Limits.goAwayFrames) GOAWAY frames")
        case is NIOHTTP2Errors.ExcessivelyLargeHeaderBlock?, is NIOHTTP2Errors.ExcessiveContinuationFrames?:
            malformed("too many or too long header fields")
        case is NIOHTTP2Errors.ExcessiveControlFrames?: malformed("too many HTTP/2 control frames")
        case .some(let error): malformed("not HTTP/2: \(error)")
        }
    }

    static func streamReset(_ text: String, _ code: HTTP2ErrorCode) -> TransportFailure {
        let name =
            switch code {
            case .noError: "NO_ERROR"
            case .protocolError: "PROTOCOL_ERROR"
            case .internalError: "INTERNAL_ERROR"
            case .flowControlError: "FLOW_CONTROL_ERROR"
            case .streamClosed: "STREAM_CLOSED"
            case .refusedStream: "REFUSED_STREAM"
            case .cancel: "CANCEL"
            case .compressionError: "COMPRESSION_ERROR"
            case .enhanceYourCalm: "ENHANCE_YOUR_CALM"
            case .inadequateSecurity: "INADEQUATE_SECURITY"
            case .http11Required: "HTTP_1_1_REQUIRED"
            default: "code \(code.networkCode)"
            }
        return TransportFailure(.streamReset, "\(text) (\(name))")
    }

    static func tls(_ error: (any Error)?, host: WebhookURL.Host) -> TransportFailure {
        switch error {
        case nil:
            return TransportFailure(.tlsFailed, "the connection was closed during the TLS handshake")
        case let error as NIOSSLExtraError where error == .failedToValidateHostname:
            return TransportFailure(.tlsFailed, "the certificate is not valid for \(host)")
        case NIOSSLError.unableToValidateCertificate?:
            return TransportFailure(.tlsFailed, "the certificate is not valid for \(host)")
        case NIOSSLError.handshakeFailed(let cause)?:
            return TransportFailure(.tlsFailed, text(of: cause))
        case let error as IOError:
            return TransportFailure(.tlsFailed, "\(text(of: error)) during the TLS handshake")
        case .some(let error):
            return TransportFailure(.tlsFailed, "\(error)")
        }
    }

    private static func text(of error: IOError) -> String {
        switch error.errnoCode {
        case ECONNREFUSED: "connection refused"
        case ECONNRESET: "connection reset"
        case EPIPE: "connection closed"
        case EHOSTUNREACH: "no route to the host"
        case ENETUNREACH: "network unreachable"
        case EADDRNOTAVAIL: "no local address available"
        case EMFILE, ENFILE: "this server has no file descriptors left"
        default: "\(error)"
        }
    }

    /// BoringSSL says `error:1000007d:SSL routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED at file:line`; the reason is what
    /// helps, the rest is about BoringSSL.
    private static func text(of error: BoringSSLError) -> String {
        switch error {
        case .sslError(let errors), .unknownError(let errors), .invalidSNIName(let errors), .failedToSetALPN(let errors):
            let reasons = errors.map { error in
                let words = "\(error)".split(separator: " at ", maxSplits: 1).first ?? ""
                return words.split(separator: ":").last.map { $0.replacing("_", with: " ").lowercased() } ?? ""
            }
            return reason(reasons.joined(separator: ", "))
        case .noError, .zeroReturn, .wantRead, .wantWrite, .wantConnect, .wantAccept, .wantX509Lookup, .wantCertificateVerify,
            .syscallError:
            return "the TLS handshake failed (\(error))"
        }
    }

    private static func reason(_ text: String) -> String {
        if text.contains("certificate verify failed") {
            return "the certificate is not trusted: \(text); it may be self-signed, expired, or sent without its chain"
        }
        if text.contains("wrong version number") { return "the receiver doesn't speak TLS on this port (\(text))" }
        return "the TLS handshake failed: \(text)"
    }
}
