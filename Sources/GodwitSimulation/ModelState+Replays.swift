import GodwitCore
import GodwitStore

extension ModelState {
    mutating func step(_ former: Replay, at now: Instant) -> Replay {
        var replay = former
        guard replay.state == .running else { return replay }
        if let endpoint = endpoint(replay.endpoint) {
            step(&replay, to: endpoint, at: now)
        } else {
            _ = replay.cancel(at: now)
        }
        replays[replay.id.key] = replay
        return replay
    }

    private mutating func step(_ replay: inout Replay, to endpoint: Endpoint, at now: Instant) {
        let end = TimeKey.first(at: replay.selection.until)
        let keys = scanned(replay.selection, rules: replay.rules, application: replay.application, endpoint: endpoint.id.key)
            .filter { $0 > replay.cursor && $0 < end }
        let horizon = keys.count >= Limits.replayScan ? keys[Limits.replayScan - 1] : nil
        var due = 0
        var passedOver = 0
        var cursor = horizon ?? end - 1
        for key in keys.prefix(Limits.replayScan) {
            guard let message = messages[key], selects(message, replay.selection, replay.rules, endpoint) else { continue }
            if replayed(message, to: endpoint, at: now) { due += 1 } else { passedOver += 1 }
            if due == replay.stepSize {
                cursor = key
                break
            }
        }
        replay.stepped(
            replayed: due, passedOver: passedOver, cursor: cursor, isLast: due < replay.stepSize && horizon == nil, at: now)
    }

    private mutating func replayed(_ message: Message, to endpoint: Endpoint, at now: Instant) -> Bool {
        guard message.payload != nil, !message.timing.isExpired(at: now) else { return false }
        let key = DeliveryKey(message: message.id.key, endpoint: endpoint.id.key)
        guard let delivery = deliveries[key] else {
            _ = insert(key, .waiting(due: now))
            return true
        }
        var machine = delivery.machine
        guard machine.resend(at: now) == .due else { return false }
        put(key, delivery.sequence, machine)
        return true
    }

    func count(
        _ selection: ReplaySelection, rules: ReplayRules, application: Int64, endpoint: Int64, limit: Int
    ) -> Int {
        guard let endpoint = self.endpoint(endpoint) else { return 0 }
        let keys =
            TimeKey.first(
                at: selection.since)..<max(
                TimeKey.first(at: selection.since), TimeKey.first(at: selection.until))
        let selected = scanned(selection, rules: rules, application: application, endpoint: endpoint.id.key)
            .filter { keys.contains($0) && (messages[$0].map { selects($0, selection, rules, endpoint) } ?? false) }
        return min(limit, selected.count)
    }

    /// The messages that a replay looks at, in their order.
    private func scanned(
        _ selection: ReplaySelection, rules: ReplayRules, application: Int64, endpoint: Int64
    ) -> [Int64] {
        if selection.which == .missing, rules == .asSent { return [] }
        let keys = messages.values.filter { $0.application == application }.map(\.id.key).sorted()
        guard selection.which == .deadLetters else { return keys }
        return keys.filter { deliveries[DeliveryKey(message: $0, endpoint: endpoint)]?.machine.isDead ?? false }
    }

    private func selects(
        _ message: Message, _ selection: ReplaySelection, _ rules: ReplayRules, _ endpoint: Endpoint
    ) -> Bool {
        guard message.passes(eventTypes: selection.eventTypes, channel: selection.channel, tag: selection.tag) else {
            return false
        }
        if rules == .today {
            let wanted = Subscription(
                disabled: false, disablement: nil, eventTypes: endpoint.eventTypes, channels: endpoint.channels)
            guard wanted.refusal(eventType: message.eventType, channels: message.channels) == nil else { return false }
        }
        let key = DeliveryKey(message: message.id.key, endpoint: endpoint.id.key)
        if let statusClass = selection.statusClass {
            let last = attempts.values.filter { $0.delivery == key }.max { $0.id.key < $1.id.key }
            guard last?.statusClass == statusClass else { return false }
        }
        let machine = deliveries[key]?.machine
        guard let machine else { return rules == .today && (selection.which == .missing || selection.which == .all) }
        switch selection.which {
        case .deadLetters: return machine.isDead
        case .failed: return machine.isDead || (machine.due != nil && machine.attempts >= 1)
        case .missing: return false
        case .delivered: if case .delivered = machine.state { return true } else { return false }
        case .all: return true
        }
    }
}

extension DeliveryStateMachine {
    var isDead: Bool {
        if case .exhausted = state { true } else { false }
    }
}
