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
    /// What is sent in its place.
    package let raw: RawPayload?
    package let payloadRetention: Duration
    package let idempotency: IdempotencyKey?
    package let timing: MessageTiming
    package let orderingKey: String?
    /// A header of the request, by its name in lower case: endpoints may keep an order per value of one.
    package let header: @Sendable (String) -> String?
    /// `EndpointID.key` of the one that gets it, whatever it listens to; nil: all that want it.
    package let onlyEndpoint: Int64?

    package init(
        application: CatalogueApplication, eventType: String, eventID: String?, channels: [String], tags: [String],
        payload: [UInt8], payloadRetention: Duration, idempotency: IdempotencyKey?,
        timing: MessageTiming = .init(), orderingKey: String? = nil, raw: RawPayload? = nil, onlyEndpoint: Int64? = nil,
        header: @escaping @Sendable (String) -> String? = { _ in nil }
    ) {
        self.application = application
        self.eventType = eventType
        self.eventID = eventID
        self.channels = channels
        self.tags = tags
        self.payload = payload
        self.raw = raw
        self.payloadRetention = payloadRetention
        self.idempotency = idempotency
        self.timing = timing
        self.orderingKey = orderingKey
        self.header = header
        self.onlyEndpoint = onlyEndpoint
    }
}

extension PublishRequest {
    func isFor(_ target: CatalogueEndpoint) -> Bool {
        guard let onlyEndpoint else { return target.endpoint.wants(eventType: eventType, channels: channels) }
        return target.key == onlyEndpoint && !target.endpoint.disabled
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
