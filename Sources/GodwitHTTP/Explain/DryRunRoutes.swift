import GodwitCore
import GodwitEngine
import GodwitStore
import HTTPTypes

struct DryRunRoutes {
    var routes: [Route] { [Route(.post, EndpointRoutes.path + "/dry-run", .application, run)] }

    private func run(_ request: APIRequest) async throws -> Answer {
        let endpoint = try await request.endpoint()
        let input = try request.readOptionalBody { DryRunIn(&$0, at: request.now) }
        var run = DryRun(
            eventTypes: input.eventTypes.isPresent ? input.eventTypes.value : endpoint.eventTypes,
            channels: input.channels.isPresent ? input.channels.value : endpoint.channels)
        var page = PageRequest<Int64>(limit: Limits.pageItems, order: .descending)
        let filter = MessageFilter(after: input.since)
        // One read for each page: others get their turn between them.
        while run.messagesLookedAt < Limits.dryRunMessages {
            page.limit = min(Limits.pageItems, Limits.dryRunMessages - run.messagesLookedAt)
            let (so, position) = (run, page)
            let found = try await request.engine.read { store throws(StoreError) in
                var run = so
                let found = try store.messages(application: endpoint.application, filter, position)
                try run.look(at: found.items) { message throws(StoreError) in
                    try store.delivery(DeliveryKey(message: message.id.key, endpoint: endpoint.id.key)) != nil
                }
                return (run: run, last: found.items.last?.id, hasMore: found.hasMore)
            }
            run = found.run
            guard found.hasMore, let last = found.last else {
                return Answer(.ok, DryRunOut(run: run, since: input.since, complete: true))
            }
            page.position = .after(last.key)
            if run.messagesLookedAt >= Limits.dryRunMessages {
                return Answer(.ok, DryRunOut(run: run, since: last.createdAt, complete: false))
            }
        }
        return Answer(.ok, DryRunOut(run: run, since: input.since, complete: false))
    }
}

/// Body of POST …/dry-run. A filter that is absent is the endpoint's own.
private struct DryRunIn: Sendable {
    let since: Instant
    let eventTypes: Field<[String]>
    let channels: Field<[String]>

    init(_ reader: inout JSONReader, at now: Instant) {
        let days = reader.optional("days", .int(in: Limits.dryRunDays))
        let since = reader.optional("since", .instant)
        if days != nil, since != nil { reader.fail("since", "expected either days or since") }
        if let since, since > now { reader.fail("since", "expected a time that has passed") }
        self.since = since ?? now + .seconds(-86_400 * (days ?? Limits.dryRunDaysDefault))
        eventTypes = reader.set("eventTypes", of: .name, atMost: Limits.requestItems)
        channels = reader.set("channels", of: .channel, atMost: Limits.channels)
    }
}
