import GodwitCore
import GodwitEngine
import GodwitStore

/// Which applications a list leaves out, by the endpoints that they have.
struct ApplicationFilter: Sendable {
    private let excludesEmpty: Bool
    /// Those with endpoints, all of them disabled.
    private let excludesDisabled: Bool
    /// Those with endpoints, all of them on Svix Play, where people try webhooks out.
    private let excludesPlay: Bool

    init(_ query: inout QueryReader) {
        excludesEmpty = query.bool("exclude_apps_with_no_endpoints", default: false)
        excludesDisabled = query.bool("exclude_apps_with_disabled_endpoints", default: false)
        excludesPlay = query.bool("exclude_apps_with_svix_play_endpoints", default: false)
    }

    var excludesNothing: Bool { !excludesEmpty && !excludesDisabled && !excludesPlay }

    func excludes(_ endpoints: [Endpoint]) -> Bool {
        if endpoints.isEmpty { return excludesEmpty }
        return excludesDisabled && endpoints.allSatisfy(\.disabled) || excludesPlay && endpoints.allSatisfy(\.isOnPlay)
    }
}

extension Endpoint {
    fileprivate var isOnPlay: Bool {
        guard let host = (try? WebhookURL(url))?.host.description.lowercased() else { return false }
        return host == "play.svix.com" || host.hasSuffix(".play.svix.com") || host == "api.relay.svix.com"
    }
}

/// An application on its way into a list. One that isn't shown stands for the place to which the list was looked through.
struct ListedApplication: Sendable {
    let application: Application
    let isShown: Bool
}

extension APIRequest {
    /// A page of those that the filter leaves. Looks at no more than `Limits.applicationsExamined`: then the page may have fewer
    /// than were asked for, or none, and goes on behind the last one that was looked at.
    func applications(
        _ filter: ApplicationFilter, _ page: PageRequest<Int64>
    ) async throws(StoreError) -> Page<ListedApplication> {
        let organization = organization
        var asked = page
        if !filter.excludesNothing { asked.limit = Limits.pageItems }
        var found: [ListedApplication] = []
        var examined = 0
        while true {
            let request = asked
            let part = try await engine.read { store throws(StoreError) in try store.applications(organization, request) }
            let isBackwards = if case .before = asked.position { true } else { false }
            let fetched = isBackwards ? part.items.reversed() : part.items
            for application in fetched where !isExcluded(application, filter) {
                found.append(ListedApplication(application: application, isShown: true))
                if found.count > page.limit { return page.page(fromFetched: found) }
            }
            examined += fetched.count
            guard part.hasMore, let last = fetched.last, !filter.excludesNothing, examined < Limits.applicationsExamined else {
                if part.hasMore, let last = fetched.last, found.last?.application.id != last.id {
                    found.append(ListedApplication(application: last, isShown: false))
                }
                return Page(items: isBackwards ? found.reversed() : found, hasMore: part.hasMore)
            }
            asked.position = isBackwards ? .before(last.id.key) : .after(last.id.key)
        }
    }

    private func isExcluded(_ application: Application, _ filter: ApplicationFilter) -> Bool {
        if filter.excludesNothing { return false }
        return filter.excludes(engine.catalogue.application(application.id.key)?.endpoints.map(\.endpoint) ?? [])
    }
}
