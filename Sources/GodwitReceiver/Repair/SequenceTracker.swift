/// Which sequence numbers of a feed are passed: all up to the cursor, and ranges above it. Pure.
struct SequenceTracker: Hashable, Sendable {
    /// Everything up to here is passed.
    private(set) var cursor: Int64
    /// Passed above the cursor, ascending, with at least one number between two of them.
    private(set) var above: [ClosedRange<Int64>] = []
    /// Passed for now, to be fetched at their time. Ascending, none in two of them.
    private(set) var deferrals: [Deferral] = []

    init(cursor: Int64 = 0) { self.cursor = max(0, cursor) }

    /// Numbers that are looked at again when their time has come. Some of them may be done: they are recognised then.
    struct Deferral: Hashable, Sendable {
        var sequences: ClosedRange<Int64>
        /// Seconds since 1970.
        var dueSeconds: Int64
    }

    /// Whether a number is done.
    func contains(_ sequence: Int64) -> Bool {
        (sequence <= cursor || above.contains { $0.contains(sequence) })
            && !deferrals.contains { $0.sequences.contains(sequence) }
    }

    /// The first numbers behind a position that aren't passed.
    func missing(after position: Int64, upTo head: Int64) -> ClosedRange<Int64>? {
        var first = max(position, cursor) + 1
        for range in above where range.upperBound >= first {
            if range.lowerBound > first { return first <= head ? first...min(head, range.lowerBound - 1) : nil }
            first = range.upperBound + 1
        }
        return first <= head ? first...head : nil
    }

    /// The first numbers that are missing although later ones are passed.
    var firstHole: ClosedRange<Int64>? { above.first.map { cursor + 1...$0.lowerBound - 1 } }

    /// The greatest number that is passed.
    var last: Int64 { above.last?.upperBound ?? cursor }

    /// How many numbers up to the head are neither passed nor known to wait for their time.
    func missingCount(upTo head: Int64) -> Int64 {
        let passed = above.reduce(0) { sum, range in
            sum + max(0, min(range.upperBound, head) - range.lowerBound + 1)
        }
        return max(0, head - cursor - passed)
    }

    /// These are done.
    mutating func insert(_ sequences: ClosedRange<Int64>) {
        endDeferral(of: sequences)
        pass(sequences)
    }

    mutating func insert(_ sequence: Int64) { insert(sequence...sequence) }

    /// Forgets that numbers past a head were passed, as far as an earlier state knew of them. The cursor stays.
    mutating func remove(above head: Int64, knownTo earlier: SequenceTracker) {
        for range in earlier.above where range.upperBound > head {
            let suspects = max(head + 1, range.lowerBound)...range.upperBound
            above = above.flatMap { $0.without(suspects) }
            endDeferral(of: suspects)
        }
    }

    /// The feed ends here: what comes behind it is new.
    mutating func rewind(to head: Int64) {
        cursor = head
        above = []
        deferrals = deferrals.compactMap { deferral in
            guard deferral.sequences.lowerBound <= head else { return nil }
            var deferral = deferral
            deferral.sequences = deferral.sequences.clamped(to: 1...max(1, head))
            return deferral
        }
    }

    private mutating func pass(_ range: ClosedRange<Int64>) {
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

// MARK: Numbers that wait for their time

extension SequenceTracker {
    /// These must not be handled before their time, and nothing else has to wait for them.
    mutating func postpone(_ sequences: ClosedRange<Int64>, until dueSeconds: Int64) {
        insert(sequences)
        let index = deferrals.firstIndex { $0.sequences.lowerBound > sequences.upperBound } ?? deferrals.endIndex
        deferrals.insert(Deferral(sequences: sequences, dueSeconds: dueSeconds), at: index)
        if deferrals.count > ReceiverLimits.deferrals { joinNearest() }
    }

    /// How many wait, and those that are counted with them.
    var deferredCount: Int64 {
        deferrals.reduce(0) { $0 + $1.sequences.upperBound - $1.sequences.lowerBound + 1 }
    }

    /// Whose time has come.
    func due(at nowSeconds: Int64) -> [ClosedRange<Int64>] {
        deferrals.filter { $0.dueSeconds <= nowSeconds }.map(\.sequences)
    }

    /// When the next one's time comes, in seconds since 1970.
    var nextDueSeconds: Int64? { deferrals.lazy.map(\.dueSeconds).min() }

    private mutating func endDeferral(of sequences: ClosedRange<Int64>) {
        guard deferrals.contains(where: { $0.sequences.overlaps(sequences) }) else { return }
        deferrals = deferrals.flatMap { deferral in
            deferral.sequences.without(sequences).map { Deferral(sequences: $0, dueSeconds: deferral.dueSeconds) }
        }
    }

    /// The two with the fewest numbers between them become one, with the earlier time.
    private mutating func joinNearest() {
        func distance(_ index: Int) -> Int64 {
            deferrals[index + 1].sequences.lowerBound - deferrals[index].sequences.upperBound
        }
        guard let index = deferrals.indices.dropLast().min(by: { distance($0) < distance($1) }) else { return }
        let next = deferrals.remove(at: index + 1)
        deferrals[index] = Deferral(
            sequences: deferrals[index].sequences.lowerBound...next.sequences.upperBound,
            dueSeconds: min(deferrals[index].dueSeconds, next.dueSeconds))
    }
}

// MARK: As it is stored

extension SequenceTracker {
    /// `12-14,20-20,7-7@1800000000`: the ranges above the cursor, and what waits for its time.
    var text: String {
        let ranges = above.map { "\($0.lowerBound)-\($0.upperBound)" }
        let waiting = deferrals.map { "\($0.sequences.lowerBound)-\($0.sequences.upperBound)@\($0.dueSeconds)" }
        return (ranges + waiting).joined(separator: ",")
    }

    /// What can't be read is left out: it is fetched again.
    init(cursor: Int64, text: String) {
        self.init(cursor: cursor)
        var waiting: [Deferral] = []
        for part in text.split(separator: ",") {
            let halves = part.split(separator: "@", omittingEmptySubsequences: false)
            let bounds = halves[0].split(separator: "-").compactMap { Int64($0) }
            guard bounds.count == 2, 0 < bounds[0], bounds[0] <= bounds[1], bounds[1] < .max else { continue }
            if halves.count == 1 {
                insert(bounds[0]...bounds[1])
            } else {
                waiting.append(Deferral(sequences: bounds[0]...bounds[1], dueSeconds: Int64(halves[1]) ?? 0))
            }
        }
        for deferral in waiting { postpone(deferral.sequences, until: deferral.dueSeconds) }
    }
}

extension ClosedRange<Int64> {
    /// What is left of it on both sides of another.
    fileprivate func without(_ other: ClosedRange<Int64>) -> [ClosedRange<Int64>] {
        guard overlaps(other) else { return [self] }
        var rest: [ClosedRange<Int64>] = []
        if lowerBound < other.lowerBound { rest.append(lowerBound...other.lowerBound - 1) }
        if upperBound > other.upperBound { rest.append(other.upperBound + 1...upperBound) }
        return rest
    }
}
