package import GodwitCore
package import GodwitStore
import Logging
import NIOCore
import Synchronization

/// Replays go on in the background, step by step, each step one small transaction; what is made due is delivered like all else.
extension DeliveryEngine {
    package func start(_ replay: Replay) async throws(StoreError) -> Replay {
        let replay = try await changedReplay(.insertReplay(replay))
        if node.view.keepsHouse { step(replay.id.key, after: .zero) }
        return replay
    }

    /// - Parameter change: false for what can't be done, which is refused with a conflict.
    package func changeReplay(
        application: Int64, _ reference: Reference, _ change: @escaping @Sendable (inout Replay) -> Bool
    ) async throws(StoreError) -> Replay {
        let replay = try await changedReplay(.changeReplay(application: application, reference, change))
        if replay.state == .running, node.view.keepsHouse { step(replay.id.key, after: .zero) }
        if replay.state == .cancelled { finished(.replay(replay)) }
        return replay
    }

    private func changedReplay(_ command: CatalogCommand) async throws(StoreError) -> Replay {
        guard case .replay(let replay) = try await change(command) else {
            throw StoreError(.unusable, "the store answered a replay with something else")
        }
        return replay
    }

    func resumeReplays() async throws(StoreError) {
        for replay in try await read({ store throws(StoreError) in try store.runningReplays() }) { step(replay, after: .zero) }
    }

    /// A replay that is paused, or over, ends the chain of its steps; resuming it begins another one.
    func step(_ replay: Int64, after delay: TimeAmount) {
        guard node.view.keepsHouse, replays.begin(replay) else { return }
        _ = shards[0].eventLoop.scheduleTask(in: delay) { [self] in
            submit(.stepReplay(key: replay)) { [self] result in
                replays.end(replay)
                switch result {
                case .success(.replay(let replay)):
                    noteWaiting(replay.endpoint)
                    if replay.state.isOver { finished(.replay(replay)) }
                    if replay.state == .running {
                        step(replay.id.key, after: .milliseconds(replay.stepInterval.wholeMilliseconds))
                    }
                case .success: break
                case .failure(let error) where error.code == .notFound: break
                case .failure(let error):
                    logger.warning("a replay could not go on yet", metadata: ["error": "\(error)"])
                    step(replay, after: DeliveryShard.rewriteDelay)
                }
            }
        }
    }
}

/// Of which replays, or tasks, a step is planned or under way: there is one chain of steps for each.
final class RunningWork: Sendable {
    private let keys = Mutex<Set<Int64>>([])

    func begin(_ key: Int64) -> Bool { keys.withLock { $0.insert(key).inserted } }
    func end(_ key: Int64) { _ = keys.withLock { $0.remove(key) } }
}
