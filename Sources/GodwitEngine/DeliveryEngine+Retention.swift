import GodwitCore
import GodwitStore
import Logging
import NIOCore

extension DeliveryEngine {
    /// Looks for expired payloads once a minute for as long as the engine lives, if it is this node's turn; each transaction removes a
    /// bounded number.
    func keepExpunging() {
        _ = shards[0].eventLoop.scheduleTask(in: .seconds(Int64(Limits.expungeSeconds))) { [weak self] in
            guard let self else { return }
            access.forget(at: clock.now)
            if node.view.keepsHouse {
                expungePayloads()
                forgetExpiredTokens()
                foldStatistics()
                forgetTasks()
                if store.isShared { forgetChanges() }
            }
            keepExpunging()
        }
    }

    /// Statistics of some days ago need no minutes any more.
    private func foldStatistics() {
        let batch = Limits.statisticsFolded
        let before = clock.now.minutesSince1970 - Limits.statisticsMinutesKept
        keepHouse(.statistics(.fold(before: before, limit: batch)), "statistics could not be folded yet") { [self] count in
            if count == batch { foldStatistics() }
        }
    }

    private func forgetChanges() {
        let batch = Limits.changesForgotten
        let command = NodeCommand.forgetChanges(before: clock.now + (.zero - Limits.changesKept), limit: batch)
        keepHouse(.node(command), "changes could not be forgotten yet") { [self] count in
            if count == batch { forgetChanges() }
        }
    }

    private func forgetTasks() {
        let batch = Limits.tasksForgotten
        let command = TaskCommand.forget(endedBefore: clock.now + (.zero - Limits.taskAge), limit: batch)
        keepHouse(.task(command), "tasks could not be forgotten yet") { [self] count in
            if count == batch { forgetTasks() }
        }
    }

    private func keepHouse(
        _ command: CatalogCommand, _ complaint: Logger.Message, then done: @escaping @Sendable (_ count: Int) -> Void
    ) {
        submit(command) { [self] result in
            switch result {
            case .success(.count(let count)), .success(.task(.count(let count))), .success(.node(.count(let count))):
                done(count)
            case .success: break
            case .failure(let error): logger.warning(complaint, metadata: ["error": "\(error)"])
            }
        }
    }

    private func expungePayloads() {
        let batch = Limits.expungedPayloads
        submit(.expungePayloads(limit: batch)) { [self] result in
            switch result {
            case .success(.count(batch)): expungePayloads()
            case .success: break
            case .failure(let error):
                logger.warning("payloads could not be expunged yet", metadata: ["error": "\(error)"])
            }
        }
    }
}
