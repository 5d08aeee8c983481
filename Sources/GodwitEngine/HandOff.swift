import GodwitCore
import NIOCore
import Synchronization

/// Collects, on the writer's thread, what one transaction has to tell the event loops, so that each loop is woken once per
/// transaction and not once per message.
final class HandOff: Sendable {
    private struct ForLoop {
        let eventLoop: any EventLoop
        var calls: [@Sendable () -> Void] = []
    }

    private struct ForShard {
        let shard: DeliveryShard
        var accepted: [HeldDelivery] = []
        var waiting: [Int64: Instant] = [:]
    }

    private struct State {
        var loops: [ForLoop] = []
        var shards: [ForShard]
    }

    private let state: Mutex<State>

    init(shards: [DeliveryShard]) { state = Mutex(State(loops: [], shards: shards.map { ForShard(shard: $0) })) }

    /// A fresh delivery: in flight under our lease, or left in the store.
    func add(_ delivery: HeldDelivery) {
        state.withLock { state in
            let shard = DeliveryShard.index(of: delivery.endpoint, among: state.shards.count)
            if case .waiting(let due) = delivery.machine.state {
                let former = state.shards[shard].waiting[delivery.endpoint]
                state.shards[shard].waiting[delivery.endpoint] = min(former ?? due, due)
            } else {
                state.shards[shard].accepted.append(delivery)
            }
        }
    }

    func call(on eventLoop: any EventLoop, _ body: @escaping @Sendable () -> Void) {
        state.withLock { state in
            if let index = state.loops.firstIndex(where: { $0.eventLoop === eventLoop }) {
                state.loops[index].calls.append(body)
            } else {
                state.loops.append(ForLoop(eventLoop: eventLoop, calls: [body]))
            }
        }
    }

    func flush() {
        let (loops, shards) = state.withLock { state in
            let taken = (state.loops, state.shards)
            state.loops = []
            for index in state.shards.indices {
                state.shards[index].accepted = []
                state.shards[index].waiting = [:]
            }
            return taken
        }
        for target in shards where !target.accepted.isEmpty || !target.waiting.isEmpty {
            target.shard.eventLoop.execute { target.shard.committed(target.accepted, waiting: target.waiting) }
        }
        for target in loops {
            target.eventLoop.execute { for call in target.calls { call() } }
        }
    }
}
