package import GodwitCore
package import GodwitStore

/// A message that was parsed and checked, ready to be committed.
package struct PublishRequest: Sendable {
    package let application: CatalogueApplication
    package let eventType: String
    package let eventID: String?
    package let channels: [String]
    package let tags: [String]
    /// JSON text exactly as received.
    package let payload: [UInt8]
    package let payloadRetention: Duration
    package let idempotency: IdempotencyKey?

    package init(
        application: CatalogueApplication, eventType: String, eventID: String?, channels: [String], tags: [String],
        payload: [UInt8], payloadRetention: Duration, idempotency: IdempotencyKey?
    ) {
        self.application = application
        self.eventType = eventType
        self.eventID = eventID
        self.channels = channels
        self.tags = tags
        self.payload = payload
        self.payloadRetention = payloadRetention
        self.idempotency = idempotency
    }
}

package enum PublishOutcome: Sendable {
    /// Durable.
    case accepted(Message)
    /// The idempotency key was used before for the same request; `MessageID.key` of what stands.
    case repeated(message: Int64)
    /// The idempotency key was used before for another request.
    case idempotencyMismatch
    /// The application has a message with this event id.
    case duplicateEventID
    /// Too much waits to be committed; nothing was stored.
    case overloaded
    /// The store failed; nothing was stored.
    case failed(StoreError)
}
