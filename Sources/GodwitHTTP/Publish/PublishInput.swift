import GodwitCore

/// Body of a publish. The payload stays bytes: it is proved to be a JSON object, and never decoded.
struct PublishInput: Hashable, Sendable {
    let eventType: String
    let eventID: String?
    let channels: [String]
    let tags: [String]
    /// Exactly as sent.
    let payload: [UInt8]
    /// nil for the server's own.
    let payloadRetention: Duration?

    init(_ body: [UInt8]) throws(ValidationError) {
        self = try JSONReader.read(body) { PublishInput(&$0) }
    }

    private init(_ reader: inout JSONReader) {
        eventType = reader.required("eventType", .name)
        eventID = reader.optional("eventId", .uid(of: MessageKind.self))
        channels = reader.set("channels", of: .channel, atMost: Limits.channels).value ?? []
        tags = reader.set("tags", of: .tag, atMost: Limits.tags).value ?? []
        // `data` is the field's other name.
        payload = reader.optional("data", .rawObject) ?? reader.required("payload", .rawObject)
        payloadRetention = reader.optional("payloadRetentionPeriod", .int(in: Limits.payloadRetentionDays)).map {
            .seconds($0 * 86_400)
        }
        reader.refuse("deliverAt", "payloadRetentionHours", "transformationsParams", "application")
    }
}
