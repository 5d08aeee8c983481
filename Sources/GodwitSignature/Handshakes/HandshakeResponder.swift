import Crypto
import GodwitCore

/// Recognises the requests by which providers make sure that an endpoint is ours, and says what to answer.
///
/// Ask it before the verifier. It decides from method, query, headers and body; it keeps nothing and sends nothing.
public struct HandshakeResponder: Sendable {
    /// Whose handshakes it knows.
    public let provider: Provider
    private let secret: String?
    private let policy: HandshakePolicy

    /// - Parameter secret: Meta's verify token, Zoom's secret token, X's consumer secret; other handshakes need none.
    public init(_ provider: Provider, secret: String? = nil, policy: HandshakePolicy = HandshakePolicy()) {
        self.provider = provider
        self.secret = secret
        self.policy = policy
    }

    /// nil when the request is no handshake of this provider: then it is a webhook, or nothing of ours.
    public func handshake(in request: WebhookRequest) -> Handshake? {
        // Several providers ask with HEAD whether there is anybody.
        if request.method == "HEAD" { return .answer(HandshakeResponse(status: 200), afterVerification: false) }
        return switch provider {
        case .meta: meta(request)
        case .webSub: webSub(request)
        case .x: x(request)
        case .dropbox: echoedQuery("challenge", request)
        case .microsoftGraph: request.method == "POST" ? echoedQuery("validationToken", request, anyMethod: true) : nil
        case .slack: slack(request)
        case .zoom: zoom(request)
        case .twitch: twitch(request)
        case .discord: discord(request)
        case .eventGrid: eventGrid(request) ?? cloudEvents(request)
        case .asana, .restHooks: hookSecret(request)
        case .sns: sns(request)
        case .cloudEvents: cloudEvents(request)
        case .pubSub:
            request.headers["x-goog-resource-state"] == "sync"
                ? .answer(HandshakeResponse(status: 200), afterVerification: false) : nil
        default: request.method == "OPTIONS" ? cloudEvents(request) : nil
        }
    }

    private func answer(_ response: HandshakeResponse, afterVerification: Bool = false) -> Handshake {
        response.body.count > SignatureLimits.challengeBytes
            ? .answer(.malformed, afterVerification: false) : .answer(response, afterVerification: afterVerification)
    }

    /// PHP made underscores of dots, and some senders have kept them.
    private func hubParameter(_ name: String, _ request: WebhookRequest) -> String? {
        let url = request.parsedURL
        return url?.queryValues("hub.\(name)").first ?? url?.queryValues("hub_\(name)").first
    }

    private func meta(_ request: WebhookRequest) -> Handshake? {
        guard request.method == "GET", hubParameter("mode", request) == "subscribe" else { return nil }
        guard
            let secret, !secret.isEmpty, let token = hubParameter("verify_token", request),
            Digests.equalInConstantTime(token.utf8, secret.utf8)
        else { return answer(.refused) }
        guard let challenge = hubParameter("challenge", request) else { return answer(.malformed) }
        return answer(.text(challenge))
    }

    /// W3C WebSub §5.3: 404 says that the subscription isn't wanted.
    private func webSub(_ request: WebhookRequest) -> Handshake? {
        guard request.method == "GET", let mode = hubParameter("mode", request) else { return nil }
        if mode == "denied" { return answer(HandshakeResponse(status: 200)) }
        guard mode == "subscribe" || mode == "unsubscribe", let challenge = hubParameter("challenge", request) else {
            return answer(.malformed)
        }
        if let topics = policy.topics {
            guard let topic = hubParameter("topic", request), topics.contains(topic) else {
                return answer(HandshakeResponse(status: 404))
            }
        }
        return answer(.text(challenge))
    }

    private func x(_ request: WebhookRequest) -> Handshake? {
        guard request.method == "GET", let token = request.parsedURL?.queryValues("crc_token").first else { return nil }
        guard let code = code(token) else { return answer(.refused) }
        return answer(.json(Self.object([("response_token", "sha256=" + Base64.encode(code))])))
    }

    private func code(_ text: String) -> [UInt8]? {
        guard let secret, !secret.isEmpty else { return nil }
        var code = KeyedHMAC(.sha256, key: Array(secret.utf8))
        code.update(Array(text.utf8))
        return code.code
    }

    private func echoedQuery(_ name: String, _ request: WebhookRequest, anyMethod: Bool = false) -> Handshake? {
        guard anyMethod || request.method == "GET", let challenge = request.parsedURL?.queryValues(name).first,
            !challenge.isEmpty
        else { return nil }
        return answer(.text(challenge))
    }

    private func json(_ request: WebhookRequest) -> JSONValue? {
        guard request.method == "POST", request.body.count <= SignatureLimits.parsedBodyBytes else { return nil }
        return try? JSONValue.parse(request.body)
    }

    private func slack(_ request: WebhookRequest) -> Handshake? {
        guard let body = json(request), body["type"] == .string("url_verification"),
            case .string(let challenge)? = body["challenge"]
        else { return nil }
        return answer(.text(challenge), afterVerification: true)
    }

    private func zoom(_ request: WebhookRequest) -> Handshake? {
        guard let body = json(request), body["event"] == .string("endpoint.url_validation") else { return nil }
        guard case .string(let token)? = body["payload"]?["plainToken"], let code = code(token) else {
            return answer(.malformed)
        }
        return answer(
            .json(Self.object([("plainToken", token), ("encryptedToken", Hex.encode(code))])), afterVerification: true)
    }

    private func twitch(_ request: WebhookRequest) -> Handshake? {
        guard request.headers["twitch-eventsub-message-type"] == "webhook_callback_verification" else { return nil }
        guard case .string(let challenge)? = json(request)?["challenge"] else { return answer(.malformed) }
        return answer(.text(challenge), afterVerification: true)
    }

    /// Interactions say 1, webhook events say 0.
    private func discord(_ request: WebhookRequest) -> Handshake? {
        switch json(request)?["type"] {
        case .number("1"): answer(.json(Array(#"{"type":1}"#.utf8)), afterVerification: true)
        case .number("0"): answer(HandshakeResponse(status: 204), afterVerification: true)
        default: nil
        }
    }

    private func eventGrid(_ request: WebhookRequest) -> Handshake? {
        guard request.headers["aeg-event-type"]?.lowercased() == "subscriptionvalidation" else { return nil }
        guard case .array(let events)? = json(request), case .string(let code)? = events.first?["data"]?["validationCode"]
        else {
            return answer(.malformed)
        }
        return answer(.json(Self.object([("validationResponse", code)])))
    }

    private func hookSecret(_ request: WebhookRequest) -> Handshake? {
        guard request.method == "POST", let secret = request.headers["x-hook-secret"], !secret.isEmpty else { return nil }
        guard secret.utf8.count <= SignatureLimits.challengeBytes else { return answer(.malformed) }
        return answer(HandshakeResponse(status: 200, headers: [.init("X-Hook-Secret", secret)]))
    }

    private func sns(_ request: WebhookRequest) -> Handshake? {
        guard request.headers["x-amz-sns-message-type"] == "SubscriptionConfirmation" else { return nil }
        guard case .string(let url)? = json(request)?["SubscribeURL"], CertificateURL.isTrusted(url, .snsSubscription) else {
            return answer(.malformed)
        }
        return .confirm(url: url)
    }

    private func cloudEvents(_ request: WebhookRequest) -> Handshake? {
        guard request.method == "OPTIONS", let origin = request.headers["webhook-request-origin"], !origin.isEmpty else {
            return nil
        }
        return answer(CloudEventsHandshake.response(origin: origin, rate: request.headers["webhook-request-rate"], policy))
    }

    static func object(_ members: [(String, String)]) -> [UInt8] {
        JSONWriter.write(JSONValue.object(members.map { JSONValue.Member($0.0, .string($0.1)) }))
    }
}
