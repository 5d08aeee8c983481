import GodwitCore
import GodwitStore
import Logging
import NIOCore

extension DeliveryEngine {
    /// Looks for what is old once a minute for as long as the engine lives, if it is this node's turn; each transaction removes a
    /// bounded number. The first time is soon, so that a server that is started again and again gets there too.
    func keepHouse(in delay: TimeAmount) {
        _ = shards[0].eventLoop.scheduleTask(in: delay) { [weak self] in
            guard let self else { return }
            access.forget(at: clock.now)
            if node.view.keepsHouse { keepHouse() }
            keepHouse(in: .seconds(Int64(Limits.expungeSeconds)))
        }
    }

    /// One look. What it finds is removed in the background.
    package func keepHouse() {
        prepareForNext()
        expungePayloads()
        forgetExpiredTokens()
        foldStatistics()
        forgetTasks()
        if store.isShared { forgetChanges() }
    }

    private func prepareForNext() {
        guard store.isShared else { return }
        keepHouse(.retention(.prepare(retentionDays: settings.retentionDays)), "the store could not be prepared yet") { _ in }
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

    func keepHouse(
        _ command: CatalogCommand, _ complaint: Logger.Message, then done: @escaping @Sendable (_ count: Int) -> Void
    ) {
        submit(command) { [self] result in
            switch result {
            case .success(.count(let count)), .success(.task(.count(let count))), .success(.node(.count(let count))),
                .success(.retention(.count(let count))):
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
            // What lost its payload just now may be forgotten.
            case .success: forgetWhatIsOld()
            case .failure(let error):
                logger.warning("payloads could not be expunged yet", metadata: ["error": "\(error)"])
            }
        }
    }
}
