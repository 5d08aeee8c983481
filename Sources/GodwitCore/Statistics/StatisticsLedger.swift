/// One endpoint's counters of one minute.
package struct StatisticsKey: Hashable, Sendable, Comparable {
    /// `EndpointID.key`
    package let endpoint: Int64
    /// Since 1970. For deliveries that of their message, for attempts that in which they began.
    package let minute: Int64

    package init(endpoint: Int64, minute: Int64) {
        self.endpoint = endpoint
        self.minute = minute
    }

    package static func < (left: StatisticsKey, right: StatisticsKey) -> Bool {
        (left.minute, left.endpoint) < (right.minute, right.endpoint)
    }

    /// The first minute of its hour, to which old minutes are added.
    package var hour: StatisticsKey { StatisticsKey(endpoint: endpoint, minute: minute - minute % 60) }
}

/// Counts what happens to deliveries as it is written, so that nobody has to look at them to know how many there are.
package struct StatisticsLedger: Sendable {
    package private(set) var counters: [StatisticsKey: EndpointCounters] = [:]

    package init() {}

    /// - Parameter former: how it stood before; nil for a new one.
    package mutating func noteDelivery(_ key: DeliveryKey, from former: AttemptStatus?, to machine: DeliveryStateMachine) {
        let status = machine.status
        guard status != former else { return }
        let minute = StatisticsKey(endpoint: key.endpoint, minute: TimeKey.instant(of: key.message).minutesSince1970)
        if let former { counters[minute, default: .init()].count(former, -1) }
        counters[minute, default: .init()].count(status, 1)
        if case .cancelled(let at) = machine.state {
            add(.attemptsCanceled, StatisticsKey(endpoint: key.endpoint, minute: at.minutesSince1970))
        }
    }

    package mutating func noteAttempt(_ attempt: AttemptRecord) {
        let minute = StatisticsKey(endpoint: attempt.delivery.endpoint, minute: attempt.startedAt.minutesSince1970)
        add(attempt.succeeded ? .attemptsSucceeded : .attemptsFailed, minute)
    }

    private enum AttemptCount { case attemptsSucceeded, attemptsFailed, attemptsCanceled }

    private mutating func add(_ count: AttemptCount, _ minute: StatisticsKey) {
        switch count {
        case .attemptsSucceeded: counters[minute, default: .init()].attemptsSucceeded += 1
        case .attemptsFailed: counters[minute, default: .init()].attemptsFailed += 1
        case .attemptsCanceled: counters[minute, default: .init()].attemptsCanceled += 1
        }
    }

    package mutating func add(_ more: EndpointCounters, to key: StatisticsKey) { counters[key, default: .init()] += more }

    /// - Returns: what was there.
    package mutating func remove(_ key: StatisticsKey) -> EndpointCounters? { counters.removeValue(forKey: key) }

    package mutating func removeAll() { counters.removeAll(keepingCapacity: true) }
}

extension Instant {
    package var minutesSince1970: Int64 { millisecondsSince1970 / 60_000 }
}
