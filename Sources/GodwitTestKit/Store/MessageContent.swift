package import GodwitCore
package import GodwitStore

extension Identifier {
    package var reference: Reference { .id(key: key, text: description) }
}

/// A message by its content.
package struct MessageContent: Hashable {
    let id: MessageID
    let application: Int64
    let eventType: String
    let eventID: String?
    let channels: [String]
    let tags: [String]
    let payload: [UInt8]?
    let createdAt: Instant
    let payloadExpiresAt: Instant
    let timing: MessageTiming
    let orderingKey: String?
    let raw: RawPayload?
}

extension Message {
    package var content: MessageContent {
        MessageContent(
            id: id, application: application, eventType: eventType, eventID: eventID, channels: channels, tags: tags,
            payload: payload, createdAt: createdAt, payloadExpiresAt: payloadExpiresAt, timing: timing,
            orderingKey: orderingKey, raw: raw)
    }
}
