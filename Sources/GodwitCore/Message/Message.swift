/// An accepted event. A reference, because all of its deliveries share one payload; immutable, so sharing is safe.
package final class Message: Sendable {
    package let id: MessageID
    /// `Application.id.key`
    package let application: Int64
    package let eventType: String
    /// The publisher's own identifier, unique in the application.
    package let eventID: String?
    package let channels: [String]
    package let tags: [String]
    /// The JSON text exactly as received: key order, numbers and white space are the publisher's. nil when it was expunged.
    package let payload: [UInt8]?
    /// What is sent in the payload's place.
    package let raw: RawPayload?
    package let createdAt: Instant
    /// When the payload may be removed.
    package let payloadExpiresAt: Instant
    package let timing: MessageTiming
    /// The publisher's key for endpoints that keep an order per key.
    package let orderingKey: String?

    package init(
        id: MessageID, application: Int64, eventType: String, eventID: String? = nil, channels: [String] = [],
        tags: [String] = [], payload: [UInt8]?, createdAt: Instant, payloadExpiresAt: Instant,
        timing: MessageTiming = .init(), orderingKey: String? = nil, raw: RawPayload? = nil
    ) {
        self.id = id
        self.application = application
        self.eventType = eventType
        self.eventID = eventID
        self.channels = channels
        self.tags = tags
        self.payload = payload
        self.raw = payload == nil ? nil : raw
        self.createdAt = createdAt
        self.payloadExpiresAt = payloadExpiresAt
        self.timing = timing
        self.orderingKey = orderingKey
    }

    /// The body of its requests; nil when there is nothing left to send.
    package var body: [UInt8]? { raw?.body ?? payload }
    package var contentType: String { raw?.contentType ?? RawPayload.jsonType }
    /// Bytes that it holds in memory.
    package var contentBytes: Int { (payload?.count ?? 0) + (raw?.body.count ?? 0) }

    /// As it stands after its payload was expunged.
    package var withoutPayload: Message {
        Message(
            id: id, application: application, eventType: eventType, eventID: eventID, channels: channels, tags: tags,
            payload: nil, createdAt: createdAt, payloadExpiresAt: payloadExpiresAt,
            timing: timing, orderingKey: orderingKey)
    }
}

/// A body that is no JSON, or of a content type of its own.
package struct RawPayload: Hashable, Sendable {
    /// UTF-8.
    package let body: [UInt8]
    /// The header's value.
    package let contentType: String

    package static let jsonType = "application/json"

    package init(body: [UInt8], contentType: String = Self.jsonType) {
        self.body = body
        self.contentType = contentType
    }
}

/// When a message may be delivered, beside what its endpoints allow.
package struct MessageTiming: Hashable, Sendable {
    /// Not before; nil for at once.
    package var deliverAt: Instant?
    /// No attempt is made after that; nil for no such moment.
    package var doNotDeliverAfter: Instant?

    package init(deliverAt: Instant? = nil, doNotDeliverAfter: Instant? = nil) {
        self.deliverAt = deliverAt
        self.doNotDeliverAfter = doNotDeliverAfter
    }

    package func isExpired(at now: Instant) -> Bool { doNotDeliverAfter.map { $0 < now } ?? false }
}
