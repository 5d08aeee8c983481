import GodwitCore
import GodwitSignature
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Synchronization

/// One request as the demo's receiver saw it.
struct DemoArrival: Sendable {
    let path: String
    let messageID: String
    let attempt: String
    let sequence: String
    /// What the receiver answered.
    let status: Int
    let isVerified: Bool
    let at: ContinuousClock.Instant
}

/// A receiver on loopback with two URLs: `/orders` answers at once, `/ledger` fails twice before it succeeds.
final class DemoReceiver: Sendable {
    private struct State {
        var verifiers: [String: WebhookVerifier] = [:]
        var failuresLeft = 2
    }

    private let state = Mutex(State())
    private let arrivals: AsyncStream<DemoArrival>.Continuation

    init(arrivals: AsyncStream<DemoArrival>.Continuation) { self.arrivals = arrivals }

    /// Whoever registers a URL gets its secret, and verifies with it.
    func expect(path: String, secret: String) throws {
        let verifier = WebhookVerifier(keys: [try VerificationKey(secret)])
        state.withLock { $0.verifiers[path] = verifier }
    }

    /// - Parameter onReady: called with the port.
    func application(onReady: @escaping @Sendable (Int) async -> Void) -> some ApplicationProtocol {
        let router = Router()
        for path in ["/orders", "/ledger"] {
            router.post(RouterPath(path)) { request, _ in
                let body = try await request.body.collect(upTo: 1 << 20)
                return self.receive(path: path, headers: request.headers, body: Array(body.readableBytesView))
            }
        }
        var logger = Logger(label: "godwit.demo") { StreamLogHandler.standardError(label: $0) }
        // The demo ends by cancelling the receiver, which its web server takes for an error.
        logger.logLevel = .critical
        return Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { channel in await onReady(channel.localAddress?.port ?? 0) }, logger: logger)
    }

    private func receive(path: String, headers: HTTPFields, body: [UInt8]) -> HTTPResponse.Status {
        let header: (String) -> String? = { name in HTTPField.Name(name).flatMap { headers[$0] } }
        let verifier = state.withLock { $0.verifiers[path] }
        let verified = try? verifier?.verify(body: body, at: Instant.now.secondsSince1970, header: header)
        let fails = state.withLock { state in
            guard path == "/ledger", state.failuresLeft > 0 else { return false }
            state.failuresLeft -= 1
            return true
        }
        let status: HTTPResponse.Status = verified == nil ? .unauthorized : fails ? .serviceUnavailable : .noContent
        arrivals.yield(
            DemoArrival(
                path: path, messageID: header("webhook-id") ?? "", attempt: header("webhook-attempt") ?? "",
                sequence: header("webhook-sequence") ?? "", status: status.code, isVerified: verified != nil, at: .now))
        return status
    }
}
