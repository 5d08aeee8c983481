import GodwitCore
import GodwitStore

struct MessageOut: JSONWritable {
    let message: Message
    let withContent: Bool

    private static let withheld = Array("{}".utf8)
    private static let expired = Array(#"{"expired":true}"#.utf8)

    /// About how many bytes it has.
    var size: Int { 384 + (withContent ? message.contentBytes : 0) }

    func write(to writer: inout JSONWriter) { writer.object { writeMembers(to: &$0) } }

    func writeMembers(to writer: inout JSONWriter) {
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
        if withContent { message.writeRaw(to: &writer) }
    }
}

extension Message {
    /// What is sent in the payload's place, which SDKs don't read.
    func writeRaw(to writer: inout JSONWriter) {
        guard let raw else { return }
        writer.field("rawPayload", String(decoding: raw.body, as: UTF8.self))
        writer.field("contentType", raw.contentType)
    }
}

/// A message with how its delivery to one endpoint stands.
struct EndpointMessageOut: JSONWritable {
    let row: EndpointMessage
    let withContent: Bool
    /// Older SDKs know no cancellation: to them it is a success.
    let expandsStatuses: Bool

    func write(to writer: inout JSONWriter) {
        let machine = row.delivery.machine
        let status = machine.status == .canceled && !expandsStatuses ? .success : machine.status
        writer.object { writer in
            MessageOut(message: row.message, withContent: withContent).writeMembers(to: &writer)
            writer.field("status", status.rawValue)
            writer.field("statusText", status.text)
            writer.field("nextAttempt", machine.due)
            writer.field("sequence", row.delivery.sequence)
            writer.field("attempts", machine.attempts)
        }
    }
}
