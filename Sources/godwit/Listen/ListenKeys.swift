import ArgumentParser
import GodwitCore
import GodwitEngine
import GodwitListen
import GodwitSignature

/// The secrets with which events are verified, and signed anew.
struct ListenKeys {
    private let verifier: WebhookVerifier?
    private let signer: WebhookSigner?

    /// - Parameter texts: `whsec_…`, `whsk_…` or `whpk_…`; with the last, nothing can be signed.
    init(_ texts: [String]) throws {
        do throws(SigningSecretError) {
            var keys: [VerificationKey] = []
            var secrets: [SigningSecret] = []
            for text in texts {
                keys.append(try VerificationKey(text))
                if !text.hasPrefix("whpk_") { secrets.append(try SigningSecret(text)) }
            }
            verifier = keys.isEmpty ? nil : WebhookVerifier(keys: keys)
            signer = try secrets.first.map { first throws(SigningSecretError) in
                try WebhookSigner(current: first, older: Array(secrets.dropFirst()))
            }
        } catch {
            throw ArgumentParser.ValidationError("the secret is not one: \(error)")
        }
    }

    /// At the time when the event came: what is replayed was fresh then.
    func verify(_ event: ListenEvent) -> HandledEvent.Verification {
        guard let verifier else { return .unchecked }
        do throws(VerificationError) {
            _ = try verifier.verify(body: event.body, at: event.receivedAt.secondsSince1970, header: event.header)
            return .verified
        } catch {
            return .refused("\(error)")
        }
    }

    /// With the time of now, so that a receiver doesn't take it for an old one; as it was when there is no secret to sign with.
    func signedAnew(_ event: ListenEvent) throws -> ListenEvent {
        let now = Instant.now.secondsSince1970
        guard let signer, !event.id.isEmpty else { return event }
        let prefix = event.header("webhook-id") == nil ? "svix" : "webhook"
        let signature = try signer.signatureHeader(id: event.id, timestampSeconds: now, body: event.body)
        return event.with("\(prefix)-timestamp", "\(now)").with("\(prefix)-signature", signature)
    }
}
