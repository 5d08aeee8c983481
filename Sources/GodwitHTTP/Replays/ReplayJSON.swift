import GodwitCore
import GodwitEngine

/// Body of POST …/replay.
struct ReplayIn: Sendable {
    let span: ReplaySpan
    let which: ReplaySelection.Which
    let rules: ReplayRules
    let eventTypes: [String]?
    let channel: String?
    let tag: String?
    let pace: Int?
    /// Only count, and start nothing.
    let plan: Bool

    init(_ reader: inout JSONReader, at now: Instant) {
        span = ReplaySpan(&reader, at: now)
        which = reader.optional("which", JSONShape<ReplaySelection.Which>.choice(.deadLetters)) ?? .deadLetters
        let rules = reader.optional("rules", JSONShape<ReplayRules>.choice(.asSent))
        if which == .missing, rules == .asSent {
            reader.fail("rules", "what was never sent to the endpoint can only be replayed through the rules of today")
        }
        self.rules = rules ?? (which == .missing ? .today : .asSent)
        eventTypes = reader.set("eventTypes", of: .name, atMost: Limits.requestItems).value
        channel = reader.optional("channel", .channel)
        tag = reader.optional("tag", .tag)
        pace = reader.optional("pace", .int(in: Limits.replayPace))
        plan = reader.optional("plan", .bool) ?? false
    }

    var selection: ReplaySelection {
        ReplaySelection(
            since: span.since, until: span.until, which: which, eventTypes: eventTypes, channel: channel, tag: tag)
    }
}

/// Which messages, by when they were published. Without an end it is now.
struct ReplaySpan: Sendable {
    let since: Instant
    let until: Instant

    init(_ reader: inout JSONReader, at now: Instant) {
        since = reader.required("since", .instant)
        until = min(now, reader.optional("until", .instant) ?? now)
        if since > until { reader.fail("since", "expected a time before until, and before now") }
    }
}

/// A replay as we show it.
struct ReplayOut: JSONWritable {
    let replay: Replay
    let endpoint: EndpointID

    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.field("id", replay.id)
            writer.field("status", replay.state.rawValue)
            writer.field("task", replay.task.rawValue)
            writer.field("endpointId", endpoint)
            replay.writeSelection(to: &writer)
            replay.writeCounters(to: &writer)
            writer.field("createdAt", replay.createdAt)
            writer.field("updatedAt", replay.updatedAt)
        }
    }
}
