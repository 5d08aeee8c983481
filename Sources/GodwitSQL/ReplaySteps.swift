import GodwitCore
import GodwitStore

extension SQLWriter {
    /// Inside a transaction: what is made due, and how far the replay came, are one. A step that is lost is taken again.
    func stepReplay(_ key: Int64, at now: Instant) throws(StoreError) -> Replay {
        var replay = try connection.found(connection.first(FindReplayByKey(key: key)), "replay")
        guard replay.state == .running else { return replay }
        if let endpoint = try connection.first(FindEndpointByKey(key: replay.endpoint)) {
            try step(&replay, to: endpoint, at: now)
        } else {
            _ = replay.cancel(at: now)
        }
        try connection.run(UpdateReplay(replay: replay))
        return replay
    }

    private func step(_ replay: inout Replay, to endpoint: Endpoint, at now: Instant) throws(StoreError) {
        var scope = ReplayScope(replay, endpoint)
        let horizon = try connection.horizon(of: scope)
        if let horizon { scope.last = horizon }
        // What one step makes due is decided row by row, and done when they all are read.
        var steps: [(message: Int64, step: ReplayStep)] = []
        var due = 0
        let size = replay.stepSize
        try connection.candidates(of: scope) { row in
            let step = ReplayStep(row, at: now)
            steps.append((row.message, step))
            if case .passOver = step {} else { due += 1 }
            return due == size
        }
        let current = try lockCurrent(of: steps, endpoint: endpoint.id.key)
        for (message, step) in steps {
            let key = DeliveryKey(message: message, endpoint: endpoint.id.key)
            switch step {
            case .resend(let former, let machine):
                // What another node has changed meanwhile is no longer what the replay selected.
                if Connection.isShared, current[message] != former { break }
                try connection.replace(key, former, with: machine)
            case .deliver(let machine):
                let number = try sequences.next(for: key.endpoint, on: connection)
                try connection.insert(key, sequence: number, machine)
            case .passOver: break
            }
        }
        let isFull = due == size
        replay.stepped(
            replayed: due, passedOver: steps.count - due, cursor: isFull ? steps.last?.message ?? scope.last : scope.last,
            isLast: !isFull && horizon == nil, at: now)
    }
}

extension SQLWriter {
    /// Deliveries that are to be made due again, by message, where another node may have changed them.
    private func lockCurrent(
        of steps: [(message: Int64, step: ReplayStep)], endpoint: Int64
    ) throws(StoreError) -> [Int64: DeliveryStateMachine] {
        guard Connection.isShared else { return [:] }
        var asked: [LockDelivery] = []
        for case (let message, .resend) in steps {
            asked.append(LockDelivery(key: DeliveryKey(message: message, endpoint: endpoint)))
        }
        var machines: [Int64: DeliveryStateMachine] = [:]
        try connection.allLater(asked) { for found in $0 { machines[found.key.message] = found.machine } }
        try connection.flush()
        return machines
    }
}

/// What a replay does about one message.
private enum ReplayStep {
    case resend(DeliveryStateMachine, to: DeliveryStateMachine)
    /// The endpoint never got a delivery of it, and gets one now.
    case deliver(DeliveryStateMachine)
    case passOver

    init(_ row: ReplayRow, at now: Instant) {
        guard row.hasPayload, !row.timing.isExpired(at: now) else {
            self = .passOver
            return
        }
        guard let former = row.machine else {
            self = .deliver(.waiting(due: now))
            return
        }
        var machine = former
        self = machine.resend(at: now) == .due ? .resend(former, to: machine) : .passOver
    }
}

extension ReplayScope {
    fileprivate init(_ replay: Replay, _ endpoint: Endpoint) {
        self.init(
            selection: replay.selection, rules: replay.rules, application: replay.application, endpoint: endpoint,
            after: replay.cursor, last: TimeKey.first(at: replay.selection.until) - 1)
    }
}

extension SQLConnection {
    fileprivate func horizon(of scope: ReplayScope) throws(StoreError) -> Int64? {
        guard !scope.isEmpty else { return nil }
        return scope.selection.which == .deadLetters
            ? try first(ReplayHorizon<DeadLettersOnly>(scope: scope, scan: Limits.replayScan))
            : try first(ReplayHorizon<AllMessages>(scope: scope, scan: Limits.replayScan))
    }

    fileprivate func candidates(
        of scope: ReplayScope, until isLast: (ReplayRow) -> Bool
    ) throws(StoreError) {
        guard !scope.isEmpty else { return }
        if scope.selection.which == .deadLetters {
            _ = try rows(ReplayCandidates<DeadLettersOnly>(scope: scope), until: isLast)
        } else {
            _ = try rows(ReplayCandidates<AllMessages>(scope: scope), until: isLast)
        }
    }

    func count(
        _ selection: ReplaySelection, rules: ReplayRules, application: Int64, endpoint: Int64, limit: Int
    ) throws(StoreError) -> Int {
        guard let endpoint = try first(FindEndpointByKey(key: endpoint)) else { return 0 }
        let scope = ReplayScope(
            selection: selection, rules: rules, application: application, endpoint: endpoint,
            after: TimeKey.first(at: selection.since) - 1, last: TimeKey.first(at: selection.until) - 1)
        guard !scope.isEmpty else { return 0 }
        return selection.which == .deadLetters
            ? try first(CountReplayCandidates<DeadLettersOnly>(scope: scope, limit: limit)) ?? 0
            : try first(CountReplayCandidates<AllMessages>(scope: scope, limit: limit)) ?? 0
    }
}
