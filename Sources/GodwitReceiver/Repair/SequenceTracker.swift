/// Which sequence numbers of a feed are done: all up to the cursor, and ranges above it. Pure.
struct SequenceTracker: Hashable, Sendable {
    /// Everything up to here is done.
    private(set) var cursor: Int64
    /// Done above the cursor, ascending, with at least one number between two of them.
    private(set) var above: [ClosedRange<Int64>] = []

    init(cursor: Int64 = 0) { self.cursor = max(0, cursor) }

    func contains(_ sequence: Int64) -> Bool {
        sequence <= cursor || above.contains { $0.contains(sequence) }
    }

    /// The first numbers that are missing although later ones are done.
    var firstHole: ClosedRange<Int64>? { above.first.map { cursor + 1...$0.lowerBound - 1 } }

    /// The greatest number that is done.
    var last: Int64 { above.last?.upperBound ?? cursor }

    /// Forgets what is done past a number. The cursor stays.
    mutating func removeAll(above head: Int64) {
        above = above.compactMap { $0.lowerBound > head ? nil : $0.lowerBound...min($0.upperBound, head) }
    }

    mutating func insert(_ sequence: Int64) { insert(sequence...sequence) }

    mutating func insert(_ range: ClosedRange<Int64>) {
        guard range.upperBound > cursor else { return }
        var (low, high) = (range.lowerBound, range.upperBound)
        // Touching ranges become one; `Int64.max` never comes, since no sender counts that far.
        let touching = above.indices.filter { above[$0].lowerBound <= high + 1 && above[$0].upperBound >= low - 1 }
        for index in touching {
            low = min(low, above[index].lowerBound)
            high = max(high, above[index].upperBound)
        }
        above.removeAll { $0.lowerBound <= high + 1 && $0.upperBound >= low - 1 }
        guard low > cursor + 1 else {
            cursor = high
            return
        }
        above.insert(low...high, at: above.firstIndex { $0.lowerBound > high } ?? above.endIndex)
        // The highest is forgotten: it is fetched again, and recognised by its identifier.
        if above.count > ReceiverLimits.trackedRanges { above.removeLast() }
    }
}

extension SequenceTracker {
    /// `12-14,20-20`: the ranges above the cursor, as they are stored.
    var aboveText: String { above.map { "\($0.lowerBound)-\($0.upperBound)" }.joined(separator: ",") }

    /// What can't be read is left out: it is fetched again.
    init(cursor: Int64, aboveText: String) {
        self.init(cursor: cursor)
        for part in aboveText.split(separator: ",") {
            let bounds = part.split(separator: "-").compactMap { Int64($0) }
            guard bounds.count == 2, bounds[0] <= bounds[1], bounds[1] < .max else { continue }
            insert(bounds[0]...bounds[1])
        }
    }
}
