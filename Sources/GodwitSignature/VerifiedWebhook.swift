/// A webhook whose signature was checked. Only `WebhookVerifier` makes one, so a function that takes it can't be handed
/// anything else.
public struct VerifiedWebhook: Hashable, Sendable {
    /// The message's identifier: the same for every attempt, so it tells whether the webhook came before.
    public let id: String
    /// When this attempt was made, in seconds since 1970.
    public let timestampSeconds: Int64
    /// The bytes that were signed.
    public let body: [UInt8]

    init(id: String, timestampSeconds: Int64, body: [UInt8]) {
        self.id = id
        self.timestampSeconds = timestampSeconds
        self.body = body
    }
}
