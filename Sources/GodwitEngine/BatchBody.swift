import GodwitCore

/// The body of a batch: each message in an envelope that tells what the headers of a single request tell. Payloads are embedded
/// as their publishers wrote them.
enum BatchBody {
    static func write(_ deliveries: [HeldDelivery], as format: BatchPolicy.Format) -> [UInt8] {
        let reserved = deliveries.reduce(2) { $0 + ($1.message.contentBytes) + 256 }
        var writer = JSONWriter(reserving: reserved)
        switch format {
        case .jsonArray:
            writer.array { writer in for delivery in deliveries { envelope(delivery, &writer) } }
            return writer.finish()
        case .cloudEvents:
            writer.array { writer in for delivery in deliveries { cloudEvent(delivery, &writer) } }
            return writer.finish()
        case .ndjson:
            var lines: [UInt8] = []
            lines.reserveCapacity(reserved)
            for delivery in deliveries {
                var line = JSONWriter(reserving: delivery.message.contentBytes + 256)
                envelope(delivery, &line)
                lines += oneLine(line.finish())
                lines.append(UInt8(ascii: "\n"))
            }
            return lines
        }
    }

    private static func envelope(_ delivery: HeldDelivery, _ writer: inout JSONWriter) {
        writer.object { writer in
            writer.field("id", delivery.message.id)
            writer.field("type", delivery.message.eventType)
            writer.field("timestamp", delivery.message.createdAt)
            writer.field("sequence", delivery.sequence)
            writer.field("attempt", delivery.attemptNumber)
            writer.field("replay", ifPresent: delivery.machine.trigger == .manual ? true : nil)
            delivery.message.embed("payload", in: &writer)
        }
    }

    /// CloudEvents 1.0 §2 and the JSON format §3; names of extension attributes are lower case (§3.1.1).
    private static func cloudEvent(_ delivery: HeldDelivery, _ writer: inout JSONWriter) {
        writer.object { writer in
            writer.field("specversion", "1.0")
            writer.field("id", delivery.message.id)
            writer.field("source", "/godwit")
            writer.field("type", delivery.message.eventType)
            writer.field("time", delivery.message.createdAt)
            writer.field("sequence", String(delivery.sequence))
            writer.field("attempt", delivery.attemptNumber)
            writer.field("replay", ifPresent: delivery.machine.trigger == .manual ? true : nil)
            writer.field("datacontenttype", delivery.message.contentType)
            delivery.message.embed("data", in: &writer)
        }
    }

    /// A payload may be written over several lines. In JSON a line break only stands between values (RFC 8259 §2, §7), so a space
    /// there means the same.
    private static func oneLine(_ json: [UInt8]) -> [UInt8] {
        json.map { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") ? UInt8(ascii: " ") : $0 }
    }
}

extension Message {
    /// A body that is no JSON becomes a text in it.
    fileprivate func embed(_ name: StaticString, in writer: inout JSONWriter) {
        if let raw, !raw.isJSON {
            writer.field(name, String(decoding: raw.body, as: UTF8.self))
        } else {
            writer.field(name, RawJSON(body ?? []))
        }
    }
}

extension RawPayload {
    fileprivate var isJSON: Bool {
        guard contentType.lowercased().contains("json") else { return false }
        return (try? JSONValue.parse(body)) != nil
    }
}
