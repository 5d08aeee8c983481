package import GodwitCore
package import GodwitStore
import Synchronization

extension ModelStore {
    package func deadLetters(endpoint: Int64, _ page: PageRequest<Int64>) -> Page<StoredDelivery> {
        let dead = state.withLock { state in
            state.deliveries.values.filter { $0.key.endpoint == endpoint && $0.machine.isDead }
        }
        return page.page(of: dead, key: \.key.message)
    }

    package func headOfLine(endpoint: Int64, line: Int64) -> StoredDelivery? {
        state.withLock { $0.lines(endpoint: endpoint)[line]?.first }
    }

    package func endpoints(application: Int64, at instant: Instant) -> [PastEndpoint] {
        state.withLock { state in
            state.endpoints.values
                .filter { registered in
                    registered.value.application == application && registered.value.createdAt <= instant
                        && registered.deletedAt.map { $0 > instant } ?? true
                }
                .sorted { $0.value.id.key < $1.value.id.key }
                .map { registered in
                    let former = state.formerSubscriptions[registered.value.id.key]?.first { $0.until > instant }
                    return PastEndpoint(
                        endpoint: registered.value, deletedAt: registered.deletedAt,
                        subscription: former?.subscription ?? registered.value.subscription)
                }
        }
    }

    package func replay(application: Int64, _ reference: Reference) -> Replay? {
        state.withLock { $0.replay(application: application, reference) }
    }

    package func replays(application: Int64, endpoint: Int64?, _ page: PageRequest<Int64>) -> Page<Replay> {
        let replays = state.withLock { state in
            state.replays.values.filter { $0.application == application && (endpoint == nil || $0.endpoint == endpoint) }
        }
        return page.page(of: replays, key: \.id.key)
    }

    package func replays(
        _ organization: OrganizationID, _ filter: TaskFilter, _ page: PageRequest<Int64>
    ) -> Page<Replay> {
        let replays = state.withLock { state in
            state.replays.values.filter { replay in
                if let states = filter.replayStates, !states.contains(replay.state) { return false }
                if let kind = filter.kind, replay.task.rawValue != kind { return false }
                let owner = state.applications[replay.application]
                return owner.map { !$0.isDeleted && $0.value.organization == organization } ?? false
            }
        }
        return page.page(of: replays, key: \.id.key)
    }

    package func runningReplays() -> [Int64] {
        state.withLock { state in state.replays.filter { $0.value.state == .running }.keys.sorted() }
    }

    package func count(
        _ selection: ReplaySelection, rules: ReplayRules, application: Int64, endpoint: Int64, limit: Int
    ) -> Int {
        state.withLock { state in
            state.count(selection, rules: rules, application: application, endpoint: endpoint, limit: limit)
        }
    }
}
