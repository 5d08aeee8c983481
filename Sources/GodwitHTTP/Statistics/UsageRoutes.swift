import GodwitCore
import GodwitEngine
import GodwitStore
import HTTPTypes

/// Statistics of an organization's applications, made in the background.
struct UsageRoutes {
    var routes: [Route] {
        [
            Route(.post, "/stats/usage/app", .organization, applications),
            Route(.put, "/stats/usage/event-types", .organization, eventTypes),
        ]
    }

    private func applications(_ request: APIRequest) async throws -> Answer {
        let (since, until, names) = try request.readBody { reader in
            (
                reader.required("since", .instant), reader.required("until", .instant),
                reader.set("appIds", of: .name, atMost: Limits.requestItems).value
            )
        }
        let span = StatisticsSpan(since: since, until: until, latest: Limits.usageSpan)
        try span.check(at: request.now)
        var resolved: [Int64] = []
        var unresolved: [String] = []
        for name in names ?? [] {
            if let found = request.engine.catalogue.application(request.organization, name) {
                resolved.append(found.application.id.key)
            } else {
                unresolved.append(name)
            }
        }
        if names != nil, resolved.isEmpty { throw Problem(["body", "appIds"], "none of these applications exists") }
        let scope = UsageScope(
            since: since, until: until, applications: names == nil ? nil : Array(Set(resolved)))
        let task = try await request.start(.applicationStatistics(scope))
        return Answer(.accepted, StartedTask(.task(task), unresolvedApplications: unresolved))
    }

    private func eventTypes(_ request: APIRequest) async throws -> Answer {
        Answer(.accepted, StartedTask(.task(try await request.start(.eventTypes))))
    }
}
