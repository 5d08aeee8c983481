import GodwitCore
import GodwitStore

extension ModelState {
    mutating func change(_ command: RetentionCommand, at now: Instant) -> RetentionResult {
        switch command {
        case .forget(let before, let after, let limit):
            return forget(before: before, after: after, limit: limit, at: now)
        case .forgetStatistics(let before, let limit):
            let hours = ledger.counters.filter { key, counters in
                key.minute % 60 == 0 && key.minute < before && counters.pending == 0 && counters.sending == 0
            }
            let forgotten = hours.keys.sorted().prefix(limit)
            for hour in forgotten { _ = ledger.remove(hour) }
            return .count(forgotten.count)
        case .prepare: return .done
        }
    }

    private mutating func forget(before: Instant, after: Int64, limit: Int, at now: Instant) -> RetentionResult {
        let candidates = messages.keys.filter { $0 > after && $0 < TimeKey.first(at: before) }.sorted()
        var count = 0
        var rows = 0
        var upTo = after
        var looked = 0
        for key in candidates.prefix(Limits.forgottenScan) {
            upTo = key
            looked += 1
            guard mayBeForgotten(key, at: now) else { continue }
            count += 1
            rows += remove(message: key)
            if count >= limit || rows >= Limits.forgottenRows { break }
        }
        return .forgotten(
            count: count, upTo: upTo,
            isLast: looked < Limits.forgottenScan && count < limit && rows < Limits.forgottenRows)
    }

    private func mayBeForgotten(_ key: Int64, at now: Instant) -> Bool {
        guard messages[key]?.payload == nil else { return false }
        return deliveries(ofMessage: key).allSatisfy { delivery in
            guard let end = delivery.machine.state.end, delivery.machine.line == nil else { return false }
            return end + Limits.forgottenAfterEnd <= now
        }
    }

    /// - Returns: how many deliveries and attempts it had.
    private mutating func remove(message key: Int64) -> Int {
        let before = deliveries.count + attempts.count
        messages[key] = nil
        deliveries = deliveries.filter { $0.key.message != key }
        attempts = attempts.filter { $0.value.delivery.message != key }
        return before - deliveries.count - attempts.count
    }
}

extension DeliveryState {
    fileprivate var end: Instant? {
        switch self {
        case .waiting, .inFlight: nil
        case .delivered(let at), .exhausted(let at), .cancelled(let at): at
        }
    }
}
