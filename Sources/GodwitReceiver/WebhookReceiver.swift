public import GodwitSignature
import Synchronization

/// Receives one provider's webhooks: address, size, handshake, signature, duplicates, then your handler, then the answer.
///
/// ```swift
/// let receiver = WebhookReceiver(verifier: verifier, deduplication: file.deduplication) { webhook in
///     try await orders.apply(webhook)
/// }
/// let response = await receiver.receive(request, peer: "203.0.113.7")
/// ```
/// An adapter for a web framework maps its request to a `WebhookRequest`, with the raw body, and the response back; no more.
public final class WebhookReceiver: Sendable {
    /// Does the work. Throws: the sender tries again (500, or what a `WebhookRejection` says).
    public typealias Handler = @Sendable (VerifiedWebhook) async throws -> Void

    let verifier: ProviderVerifier
    let options: ReceiverOptions
    let handshakes: HandshakeResponder
    let clock: WallClock
    private let deduplication: any DeduplicationStore
    private let handler: Handler
    private let turns: Turns
    /// The effect has happened, only its record is missing: that is made up for before anything else.
    private let unrecorded = Mutex<Set<String>>([])

    /// - Parameter handler: gets each verified webhook once. Be quick: senders wait for 3 to 30 seconds; `DurableInbox` works later.
    public convenience init(
        verifier: ProviderVerifier, deduplication: any DeduplicationStore, options: ReceiverOptions = ReceiverOptions(),
        handler: @escaping Handler
    ) {
        self.init(verifier: verifier, deduplication: deduplication, options: options, clock: .system, handler: handler)
    }

    package init(
        verifier: ProviderVerifier, deduplication: any DeduplicationStore, options: ReceiverOptions, clock: WallClock,
        handler: @escaping Handler
    ) {
        self.verifier = verifier
        self.options = options
        self.clock = clock
        self.deduplication = deduplication
        self.handler = handler
        handshakes = options.handshakes ?? HandshakeResponder(verifier.provider)
        turns = Turns(limit: max(1, options.maxConcurrentWebhooks))
    }

    /// Bytes of a body that an adapter need read: with one more the answer is 413.
    public var maxBodyBytes: Int { options.maxBodyBytes }

    /// - Parameter peer: the address of the connection's other end, without a port; needed only when sources are restricted.
    public func receive(_ request: WebhookRequest, peer: String? = nil) async -> WebhookResponse {
        await receive(request, peer: peer) { webhook in await process(webhook).response(options) }
    }

    func receive(
        _ request: WebhookRequest, peer: String?, handle: (VerifiedWebhook) async -> WebhookResponse
    ) async -> WebhookResponse {
        var response =
            switch await admit(request, peer: peer) {
            case .answer(let response): response
            case .webhook(let webhook): await handle(webhook)
            }
        // RFC 9110 §9.3.2: a body would be taken for the beginning of the next answer.
        if request.method == "HEAD" { response.body = [] }
        return response
    }

    /// Runs the handler, unless the webhook came before.
    func process(_ webhook: VerifiedWebhook) async -> Processing {
        let key = webhook.deduplicationKey
        guard await turns.enter(key) else {
            options.observe?(.refused(status: 503, reason: "too-many"))
            return .busy
        }
        defer { turns.leave(key) }
        let processing = await processInTurn(webhook, key)
        switch processing {
        case .processed: options.observe?(.processed(key: key))
        case .duplicate: options.observe?(.duplicate(key: key))
        case .busy: options.observe?(.refused(status: 503, reason: "in-progress"))
        case .failed(let error), .storeFailed(let error): options.observe?(.failed(key: key, error))
        }
        return processing
    }

    private func processInTurn(_ webhook: VerifiedWebhook, _ key: String) async -> Processing {
        do {
            if unrecorded.withLock({ $0.contains(key) }) {
                try await record(key)
                return .duplicate
            }
            // Each may become one more.
            guard unrecorded.withLock({ $0.count < ReceiverLimits.unrecordedWebhooks }) else { return .busy }
            switch try await deduplication.begin(key) {
            case .processed: return .duplicate
            case .inProgress: return .busy
            case .first: break
            }
        } catch {
            return .storeFailed(error)
        }
        do {
            try await handler(webhook)
        } catch {
            do {
                try await uncancelled { [deduplication] in try await deduplication.abandon(key) }
            } catch let storeError {
                return .storeFailed(storeError)
            }
            return .failed(error)
        }
        do {
            try await record(key)
            return .processed
        } catch {
            return .storeFailed(error)
        }
    }

    private func record(_ key: String) async throws {
        do {
            try await uncancelled { [deduplication] in try await deduplication.complete(key) }
            unrecorded.withLock { _ = $0.remove(key) }
        } catch {
            unrecorded.withLock { _ = $0.insert(key) }
            throw error
        }
    }
}

/// What became of a verified webhook.
enum Processing: Sendable {
    case processed
    case duplicate
    /// Too many are here, or another process is at it.
    case busy
    case failed(any Error)
    case storeFailed(any Error)

    /// Whether its effect has happened, now or before.
    var isDone: Bool {
        switch self {
        case .processed, .duplicate: true
        case .busy, .failed, .storeFailed: false
        }
    }

    func response(_ options: ReceiverOptions) -> WebhookResponse {
        switch self {
        case .processed, .duplicate: WebhookResponse(status: options.acceptedStatus)
        case .busy: .retryLater("busy")
        case .storeFailed: .retryLater("nothing can be recorded now")
        case .failed(let error): (error as? WebhookRejection)?.response ?? .text(500, "failed")
        }
    }
}
