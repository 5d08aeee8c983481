import GodwitReceiver
import GodwitSignature
import Synchronization
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A sender and what a receiver's handler has done.
final class Bench: Sendable {
    static let now: Int64 = 1_800_000_000

    let secret: SigningSecret
    let verifier: ProviderVerifier
    private let effects = Mutex<[String]>([])

    init() throws {
        secret = try SigningSecret.generate()
        verifier = try ProviderVerifier(.standardWebhooks, secrets: [ProviderSecret(secret.wireText)])
    }

    /// Identifiers in the order of their effects.
    var seen: [String] { effects.withLock { $0 } }
    func note(_ webhook: VerifiedWebhook) { effects.withLock { $0.append(webhook.id) } }

    func request(
        _ id: String, _ body: String = #"{"type":"a.b","data":{"n":1}}"#, at seconds: Int64 = now, key: SigningSecret? = nil,
        sequence: Int64? = nil
    ) throws -> WebhookRequest {
        let signer = try WebhookSigner(current: key ?? secret)
        let signature = try signer.signatureHeader(id: id, timestampSeconds: seconds, body: Array(body.utf8))
        var headers: WebhookHeaders = [
            "content-type": "application/json", "webhook-id": id, "webhook-timestamp": String(seconds),
            "webhook-signature": signature,
        ]
        if let sequence { headers.append("webhook-sequence", String(sequence)) }
        return WebhookRequest(headers: headers, body: Array(body.utf8))
    }

    func receiver(
        _ store: any DeduplicationStore = MemoryDeduplicationStore(), options: ReceiverOptions = ReceiverOptions(),
        handler: WebhookReceiver.Handler? = nil
    ) -> WebhookReceiver {
        WebhookReceiver(
            verifier: verifier, deduplication: store, options: options, clock: WallClock { Self.now },
            handler: handler ?? { [self] webhook in note(webhook) })
    }
}

extension WebhookRequest {
    func with(_ name: String, _ value: String?) -> WebhookRequest {
        var request = self
        request.headers = WebhookHeaders(headers.fields.filter { $0.name != name })
        if let value { request.headers.append(name, value) }
        return request
    }
}

/// A new directory that is removed at the end.
func withDirectory(_ body: (_ path: String) async throws -> Void) async throws {
    let directory = FileManager.default.temporaryDirectory.appending(path: "godwit-receiver-\(UUID())")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    try await body(directory.path())
}

struct Broken: Error {}
