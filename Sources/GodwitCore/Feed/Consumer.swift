/// How far one reader of an endpoint's feed has come: what it has acknowledged, and what was handed to it and is not acknowledged yet.
package struct Consumer: Hashable, Sendable {
    /// Items in a reader's hands: handed to nobody else of the same consumer until then.
    package struct FeedLease: Hashable, Sendable {
        package let items: ClosedRange<Int64>
        package let until: Instant

        package init(items: ClosedRange<Int64>, until: Instant) {
            self.items = items
            self.until = until
        }
    }

    /// Everything up to it is acknowledged.
    package private(set) var acknowledged: Int64
    /// What is acknowledged beyond that: ascending, with something unacknowledged between any two, and before the first.
    package private(set) var acknowledgedBeyond: [ClosedRange<Int64>]
    /// They don't overlap, and nothing in them is acknowledged.
    package private(set) var leases: [FeedLease]

    package init(acknowledged: Int64 = 0, acknowledgedBeyond: [ClosedRange<Int64>] = [], leases: [FeedLease] = []) {
        self.acknowledged = acknowledged
        self.acknowledgedBeyond = acknowledgedBeyond
        self.leases = leases
    }

    /// Acknowledges, hands back, and takes what nobody else holds, the first first.
    ///
    /// What is acknowledged twice, or late, when somebody else holds it, is acknowledged; what isn't held is handed back by nobody.
    ///
    /// - Parameter head: the greatest number that the endpoint was given. What is beyond is acknowledged by nobody.
    /// - Returns: nil, with nothing changed, when more than `Limits.consumerGaps` would be acknowledged out of order.
    package mutating func poll(_ poll: ConsumerPoll, head: Int64, at now: Instant) -> ConsumerBatch? {
        var next = self
        next.leases.removeAll { $0.until <= now }
        next.acknowledge(poll.acknowledged.filter { $0 <= head })
        next.dropLeases(of: poll.handedBack)
        guard next.acknowledgedBeyond.count <= Limits.consumerGaps else { return nil }
        let held = next.leases.reduce(0) { $0 + $1.items.count }
        let taken = next.available(atMost: min(poll.limit, max(0, Limits.consumerLeases - held)), head: head)
        next.leases += Self.ranges(of: taken).map { FeedLease(items: $0, until: now + poll.visibility) }
        self = next
        return ConsumerBatch(
            items: taken, acknowledged: acknowledged, head: head, hasMore: !available(atMost: 1, head: head).isEmpty,
            nextExpiry: leases.map(\.until).min())
    }

    /// Nothing up to this number is there any more: it counts as acknowledged.
    package mutating func pass(_ number: Int64) {
        guard number > acknowledged else { return }
        acknowledged = number
        acknowledgedBeyond = acknowledgedBeyond.compactMap { $0.beyond(number) }
        leases = leases.compactMap { lease in
            lease.items.beyond(number).map { FeedLease(items: $0, until: lease.until) }
        }
        if let first = acknowledgedBeyond.first, first.lowerBound == acknowledged + 1 {
            acknowledged = first.upperBound
            acknowledgedBeyond.removeFirst()
        }
    }

    /// Everything up to this number counts as acknowledged, and nothing beyond it does.
    package mutating func move(to position: Int64) { self = Consumer(acknowledged: position) }

    // MARK: Parts

    private mutating func acknowledge(_ numbers: [Int64]) {
        let fresh = Set(numbers).filter { $0 > acknowledged }
        guard !fresh.isEmpty else { return }
        dropLeases(of: Array(fresh))
        var merged: [ClosedRange<Int64>] = []
        for range in (acknowledgedBeyond + fresh.map { $0...$0 }).sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = merged.last, range.lowerBound <= last.upperBound + 1 {
                merged[merged.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
            } else {
                merged.append(range)
            }
        }
        if let first = merged.first, first.lowerBound == acknowledged + 1 {
            acknowledged = first.upperBound
            merged.removeFirst()
        }
        acknowledgedBeyond = merged
    }

    private mutating func dropLeases(of numbers: [Int64]) {
        guard !numbers.isEmpty, !leases.isEmpty else { return }
        let sorted = numbers.sorted()
        leases = leases.flatMap { lease in
            var kept: [FeedLease] = []
            var start = lease.items.lowerBound
            for number in sorted where number >= start && number <= lease.items.upperBound {
                if number > start { kept.append(FeedLease(items: start...(number - 1), until: lease.until)) }
                start = number + 1
            }
            if start <= lease.items.upperBound {
                kept.append(FeedLease(items: start...lease.items.upperBound, until: lease.until))
            }
            return kept
        }
    }

    private func available(atMost limit: Int, head: Int64) -> [Int64] {
        let occupied = (acknowledgedBeyond + leases.map(\.items)).sorted { $0.lowerBound < $1.lowerBound }
        var index = 0
        var number = acknowledged + 1
        var found: [Int64] = []
        while found.count < limit, number <= head {
            if index < occupied.count, occupied[index].upperBound < number {
                index += 1
            } else if index < occupied.count, occupied[index].contains(number) {
                number = occupied[index].upperBound + 1
            } else {
                found.append(number)
                number += 1
            }
        }
        return found
    }

    /// - Parameter numbers: ascending.
    package static func ranges(of numbers: [Int64]) -> [ClosedRange<Int64>] {
        var ranges: [ClosedRange<Int64>] = []
        for number in numbers {
            if let last = ranges.last, number == last.upperBound + 1 {
                ranges[ranges.count - 1] = last.lowerBound...number
            } else {
                ranges.append(number...number)
            }
        }
        return ranges
    }
}

extension ClosedRange<Int64> {
    fileprivate func beyond(_ number: Int64) -> Self? {
        upperBound > number ? Swift.max(lowerBound, number + 1)...upperBound : nil
    }
}

/// What a reader says and asks in one call.
package struct ConsumerPoll: Hashable, Sendable {
    package let acknowledged: [Int64]
    /// At once for others again.
    package let handedBack: [Int64]
    /// Items.
    package let limit: Int
    /// How long what it takes is its own.
    package let visibility: Duration

    package init(acknowledged: [Int64] = [], handedBack: [Int64] = [], limit: Int = 0, visibility: Duration = .zero) {
        self.acknowledged = acknowledged
        self.handedBack = handedBack
        self.limit = limit
        self.visibility = visibility
    }
}

package struct ConsumerBatch: Hashable, Sendable {
    /// Sequence numbers, ascending, that are the reader's now.
    package let items: [Int64]
    /// Everything up to it is acknowledged.
    package let acknowledged: Int64
    package let head: Int64
    /// More could be taken at this moment.
    package let hasMore: Bool
    /// When the next item that is held becomes free; nil when none is held.
    package let nextExpiry: Instant?

    package init(items: [Int64], acknowledged: Int64, head: Int64, hasMore: Bool, nextExpiry: Instant?) {
        self.items = items
        self.acknowledged = acknowledged
        self.head = head
        self.hasMore = hasMore
        self.nextExpiry = nextExpiry
    }
}
