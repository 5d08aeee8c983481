import GodwitCore
import GodwitStore

/// What waits, and who is first.
extension ModelState {
    /// Those that stand in no line, oldest due first, then line by line.
    func waiting(endpoint: Int64) -> [StoredDelivery] {
        let waiting = deliveries.values.filter { $0.key.endpoint == endpoint && $0.machine.due != nil }
        let free = waiting.filter { $0.machine.line == nil }
            .sorted { ($0.machine.due ?? .distantPast, $0.key) < ($1.machine.due ?? .distantPast, $1.key) }
        return free + waiting.filter { $0.machine.line != nil }.sorted(by: StoredDelivery.inLine)
    }

    /// Those that stand in lines, in their order.
    func lines(endpoint: Int64) -> [Int64: [StoredDelivery]] {
        var lines: [Int64: [StoredDelivery]] = [:]
        for delivery in deliveries.values where delivery.key.endpoint == endpoint {
            if let line = delivery.machine.line { lines[line, default: []].append(delivery) }
        }
        return lines.mapValues { $0.sorted { $0.sequence < $1.sequence } }
    }

    mutating func claim(_ claim: Claim, at now: Instant) -> ClaimedDeliveries {
        var progress = Progress(claim: claim, now: now)
        take(waiting(endpoint: claim.endpoint).filter { $0.machine.line == nil }, &progress)
        var next = waiting(endpoint: claim.endpoint).first { $0.machine.line == nil }?.machine.due
        let lines = lines(endpoint: claim.endpoint)
        let order = lines.keys.sorted()
        let round =
            claim.afterLine == .min ? order : order.filter { $0 > claim.afterLine } + order.filter { $0 <= claim.afterLine }
        var lastLine = claim.afterLine
        var looked = 0
        for line in round.prefix(Limits.linesPerClaim) where progress.room > 0 {
            take((lines[line] ?? []).prefix(Limits.claimedPerLine), &progress)
            next = [next, headDue(lines[line])].compactMap(\.self).min()
            lastLine = line
            looked += 1
        }
        for (ahead, line) in round.dropFirst(looked).enumerated() {
            if let next, next <= now { break }
            guard ahead < Limits.linesLookedAhead else {
                next = min(next ?? .distantFuture, now + Limits.linesPause)
                break
            }
            let due = headDue(lines[line])
            next = [next, due].compactMap(\.self).min()
            if let due, due <= now { break }
            lastLine = line
        }
        return ClaimedDeliveries(deliveries: progress.claimed, nextDue: next, lastLine: lastLine)
    }

    /// As it stands now: what was cancelled meanwhile has left the line.
    private func headDue(_ line: [StoredDelivery]?) -> Instant? {
        let head = line?.first { deliveries[$0.key]?.machine.line != nil }
        return head.flatMap { deliveries[$0.key]?.machine.due }
    }

    private struct Progress {
        let claim: Claim
        let now: Instant
        var claimed: [HeldDelivery] = []
        var bytes = 0
        var looked = 0

        var room: Int { bytes >= Limits.claimedPayloadBytes ? 0 : claim.limit - looked }
    }

    /// In their order, to the first that can't be claimed.
    private mutating func take(_ candidates: some Sequence<StoredDelivery>, _ progress: inout Progress) {
        for delivery in candidates {
            guard progress.room > 0, delivery.machine.isClaimable(at: progress.now) else { break }
            progress.looked += 1
            var machine = delivery.machine
            let message = messages[delivery.key.message]
            progress.bytes += message?.contentBytes ?? 0
            if let message, message.payload != nil, !message.timing.isExpired(at: progress.now) {
                _ = machine.claim(under: progress.claim.lease, at: progress.now)
                progress.claimed.append(
                    HeldDelivery(
                        message: message, endpoint: delivery.key.endpoint, sequence: delivery.sequence, machine: machine))
            } else {
                _ = machine.cancel(at: progress.now)
            }
            put(delivery.key, delivery.sequence, machine)
        }
    }

    mutating func releaseLines(endpoint: Int64, message: Int64?, limit: Int) -> Int {
        let dead = deliveries.values.filter { delivery in
            var machine = delivery.machine
            return delivery.key.endpoint == endpoint && message.map { $0 == delivery.key.message } ?? true
                && machine.releaseLine()
        }
        for delivery in dead.sorted(by: StoredDelivery.inLine).prefix(limit) {
            var machine = delivery.machine
            _ = machine.releaseLine()
            put(delivery.key, delivery.sequence, machine)
        }
        return min(dead.count, limit)
    }
}

extension StoredDelivery {
    static func inLine(_ left: StoredDelivery, _ right: StoredDelivery) -> Bool {
        (left.machine.line ?? 0, left.sequence) < (right.machine.line ?? 0, right.sequence)
    }
}

extension DeliveryStateMachine {
    var due: Instant? {
        if case .waiting(let due) = state { due } else { nil }
    }
}
