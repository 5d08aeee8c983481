import GodwitCore
import GodwitStore

/// An endpoint to which a message goes, with how that stands.
struct DestinationOut: JSONWritable {
    let endpoint: Endpoint
    let machine: DeliveryStateMachine
    let sequence: Int64
    let remainingSchedule: [Instant]

    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.field("id", endpoint.id)
            writer.field("uid", endpoint.uid)
            writer.field("url", endpoint.url)
            writer.field("description", endpoint.description)
            writer.field("disabled", endpoint.disabled)
            writer.field("eventTypes", endpoint.eventTypes)
            writer.field("filterTypes", endpoint.eventTypes)
            writer.field("channels", endpoint.channels)
            writer.field("throttleRate", endpoint.policy.rateLimit.throttleRate)
            writer.field("version", 1)
            writer.field("status", machine.status.rawValue)
            writer.field("statusText", machine.status.text)
            writer.field("nextAttempt", machine.due)
            writer.field("createdAt", endpoint.createdAt)
            writer.field("updatedAt", endpoint.updatedAt)
            // Beside what the SDKs read.
            writer.field("sequence", sequence)
            writer.field("attempts", machine.attempts)
            writer.field("remainingSchedule", remainingSchedule)
        }
    }
}
