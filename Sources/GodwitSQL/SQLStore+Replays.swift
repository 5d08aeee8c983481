package import GodwitCore
package import GodwitStore

extension SQLStore {
    package func replay(application: Int64, _ reference: Reference) throws(StoreError) -> Replay? {
        try read { connection throws(StoreError) in try connection.replay(application: application, reference) }
    }

    package func replays(
        application: Int64, endpoint: Int64?, _ page: PageRequest<Int64>
    ) throws(StoreError) -> Page<Replay> {
        try read { connection throws(StoreError) in
            page.page(fromFetched: try connection.replays(application: application, endpoint: endpoint, page))
        }
    }

    package func replays(
        _ organization: OrganizationID, _ filter: TaskFilter, _ page: PageRequest<Int64>
    ) throws(StoreError) -> Page<Replay> {
        try read { connection throws(StoreError) in
            page.page(
                fromFetched: page.fetchesAscending
                    ? try connection.all(
                        ListReplaysOfOrganization<Upwards>(organization: organization, filter: filter, page: page))
                    : try connection.all(
                        ListReplaysOfOrganization<Downwards>(organization: organization, filter: filter, page: page)))
        }
    }

    package func runningReplays() throws(StoreError) -> [Int64] {
        try read { connection throws(StoreError) in try connection.all(RunningReplays()).sorted() }
    }

    package func count(
        _ selection: ReplaySelection, rules: ReplayRules, application: Int64, endpoint: Int64, limit: Int
    ) throws(StoreError) -> Int {
        try read { connection throws(StoreError) in
            try connection.count(selection, rules: rules, application: application, endpoint: endpoint, limit: limit)
        }
    }
}
