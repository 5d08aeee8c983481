import GodwitCore
import GodwitStore

/// A scene with one endpoint, its messages and replays of them.
final class ReplayScene {
    let store: StoreScene
    let application: Int64
    let registered: Endpoint
    private(set) var published: [Int64] = []
    private let start: Instant

    init(_ factory: StoreFactory) throws {
        store = try StoreScene(factory)
        start = store.now
        let (application, endpoint) = try store.registered()
        self.application = application.id.key
        registered = endpoint
    }

    var endpoint: Int64 { registered.id.key }

    var dead: DeliveryStateMachine { machine(.exhausted(at: start)) }

    private func machine(_ state: DeliveryState, attempts: Int = 2) -> DeliveryStateMachine {
        DeliveryStateMachine(state: state, attempts: attempts, scheduledAttempts: attempts, resume: nil)
    }

    /// - Parameter machine: the delivery to the endpoint; nil for none.
    @discardableResult
    func publish(
        as machine: DeliveryStateMachine?, eventType: String = "payment.approved", payload: [UInt8]? = [1],
        timing: MessageTiming = MessageTiming()
    ) throws -> Int64 {
        let message = store.message(of: application, eventType: eventType, payload: payload, timing: timing)
        try store.publish(message, to: machine == nil ? [] : [endpoint], as: machine)
        published.append(message.id.key)
        return message.id.key
    }

    /// One message of each kind that a replay tells apart, by name. The endpoint wants one type and is disabled afterwards.
    func publishEveryKind() throws -> [Character: Int64] {
        let due = store.now + .seconds(60)
        let expired = MessageTiming(doNotDeliverAfter: store.now)
        let messages: [Character: Int64] = [
            "d": try publish(as: machine(.delivered(at: start))),
            "x": try publish(as: dead),
            "r": try publish(as: machine(.waiting(due: due))),
            "n": try publish(as: machine(.waiting(due: due), attempts: 0)),
            "f": try publish(as: machine(.inFlight(store.lease))),
            "c": try publish(as: machine(.cancelled(at: start))),
            "m": try publish(as: nil),
            "o": try publish(as: nil, eventType: "other"),
            "p": try publish(as: dead, payload: nil),
            "e": try publish(as: dead, timing: expired),
            "y": try publish(as: machine(.delivered(at: start)), eventType: "other"),
        ]
        try store.change(
            .changeEndpointByKey(endpoint) { endpoint in
                endpoint.eventTypes = ["payment.approved"]
                endpoint.disabled = true
            })
        // Of others: on no replay.
        try store.publish(store.message(of: application, eventType: "other"), to: [endpoint + 1], as: nil)
        try store.publish(store.message(of: application + 1), to: [], as: nil)
        return messages
    }

    func machine(_ message: Int64) throws -> DeliveryStateMachine? {
        try store.store.delivery(DeliveryKey(message: message, endpoint: endpoint))
    }

    func machines(_ messages: [Character: Int64]) throws -> [Character: DeliveryStateMachine] {
        try messages.compactMapValues { try machine($0) }
    }

    func selection(_ which: ReplaySelection.Which) -> ReplaySelection {
        ReplaySelection(since: start, until: start + .seconds(3600), which: which)
    }

    func count(_ selection: ReplaySelection, _ rules: ReplayRules, limit: Int = 1000) throws -> Int {
        try store.store.count(selection, rules: rules, application: application, endpoint: endpoint, limit: limit)
    }

    @discardableResult
    func insert(_ selection: ReplaySelection, _ rules: ReplayRules, pace: Int? = nil) throws -> Replay {
        let replay = Replay(
            id: store.identifier(), application: application, endpoint: endpoint, selection: selection, rules: rules,
            pace: pace,
            task: .replay, planned: 9, createdAt: store.now)
        return try answer(to: .insertReplay(replay))
    }

    func step(_ replay: Replay) throws -> Replay { try answer(to: .stepReplay(key: replay.id.key)) }

    /// Bounded, so that a replay that doesn't end is found out.
    func finish(_ replay: Replay) throws -> Replay {
        var replay = replay
        for _ in 0..<100 where replay.state == .running { replay = try step(replay) }
        return replay
    }

    private func answer(to command: CatalogCommand) throws -> Replay {
        guard case .replay(let replay) = try store.change(command) else {
            throw StoreError(.unusable, "a replay was not answered with one")
        }
        return replay
    }
}
