import GodwitCore

struct MessageOut: JSONWritable {
    let message: Message
    let withContent: Bool

    private static let withheld = Array("{}".utf8)
    private static let expired = Array(#"{"expired":true}"#.utf8)

    /// About how many bytes it has.
    var size: Int { 384 + (withContent ? message.payload?.count ?? 0 : 0) }

    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.field("id", message.id)
            writer.field("eventId", message.eventID)
            writer.field("eventType", message.eventType)
            writer.name("payload")
            writer.raw(withContent ? message.payload ?? Self.expired : Self.withheld)
            writer.field("channels", message.channels.isEmpty ? nil : message.channels)
            writer.field("tags", message.tags.isEmpty ? nil : message.tags)
            writer.field("timestamp", message.createdAt)
            writer.field("deliverAt", message.timing.deliverAt)
            // Beside what the SDKs read.
            writer.field("doNotDeliverAfter", message.timing.doNotDeliverAfter)
            writer.field("orderingKey", message.orderingKey)
        }
    }
}
