import GodwitCore
import GodwitEngine
import GodwitStore
import HTTPTypes

/// What was counted of one endpoint. Without a span it is that of the last days.
struct EndpointStatisticsRoutes {
    var routes: [Route] {
        [
            Route(.get, EndpointRoutes.path + "/stats", .application, messages),
            Route(.get, EndpointRoutes.path + "/attempt-stats", .application, attempts),
        ]
    }

    /// Messages by how they stand.
    private func messages(_ request: APIRequest) async throws -> Answer {
        let span = try span(request)
        let counters = try await counters(request, span.minutes(at: request.now))
        var writer = JSONWriter()
        writer.object { writer in
            writer.field("success", counters.success)
            writer.field("pending", counters.pending)
            writer.field("sending", counters.sending)
            writer.field("fail", counters.fail)
            writer.field("canceled", counters.canceled)
        }
        return Answer(.ok, json: writer.finish())
    }

    private func attempts(_ request: APIRequest) async throws -> Answer {
        let counters = try await counters(request, try span(request).hours)
        var writer = JSONWriter()
        writer.object { writer in
            writer.field("success", counters.attemptsSucceeded)
            writer.field("fail", counters.attemptsFailed)
            writer.field("canceled", counters.attemptsCanceled)
        }
        return Answer(.ok, json: writer.finish())
    }

    private func span(_ request: APIRequest) throws -> StatisticsSpan {
        let (since, until) = try request.readQuery { ($0.instant("since"), $0.instant("until")) }
        let end = until ?? request.now
        let span = StatisticsSpan(
            since: since ?? end + (.zero - Limits.statisticsSpan), until: end, latest: Limits.statisticsSpan)
        try span.check(at: request.now)
        return span
    }

    private func counters(_ request: APIRequest, _ minutes: Range<Int64>) async throws -> EndpointCounters {
        let endpoint = try await request.endpoint().id.key
        return try await request.engine.read { store throws(StoreError) in
            try store.statistics(endpoint: endpoint, minutes: minutes)
        }
    }
}
