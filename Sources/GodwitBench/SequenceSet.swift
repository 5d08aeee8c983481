/// A set of small whole numbers, one bit each: which events were accepted, or arrived.
package struct SequenceSet: Hashable, Sendable {
    private var words: [UInt64] = []
    package private(set) var count = 0

    package init() {}

    /// - Returns: whether it is new.
    package mutating func insert(_ sequence: Int) -> Bool {
        let word = sequence >> 6
        if word >= words.count { words.append(contentsOf: repeatElement(0, count: max(word + 1 - words.count, words.count))) }
        let bit: UInt64 = 1 << UInt64(sequence & 63)
        guard words[word] & bit == 0 else { return false }
        words[word] |= bit
        count += 1
        return true
    }

    package func contains(_ sequence: Int) -> Bool {
        let word = sequence >> 6
        return word < words.count && words[word] & (1 << UInt64(sequence & 63)) != 0
    }

    /// How many of these are not in the other set.
    package func countMissing(in other: SequenceSet) -> Int {
        var missing = 0
        for index in words.indices {
            let there = index < other.words.count ? other.words[index] : 0
            missing += (words[index] & ~there).nonzeroBitCount
        }
        return missing
    }

    // MARK: Only the numbers that leave the remainder `first` when they are divided by `step`

    package func count(each step: Int, from first: Int) -> Int { countMissing(in: SequenceSet(), each: step, from: first) }

    /// How many of those are not in the other set.
    package func countMissing(in other: SequenceSet, each step: Int, from first: Int) -> Int {
        guard step > 1 else { return countMissing(in: other) }
        return stride(from: first, to: words.count * 64, by: step).reduce(0) { missing, sequence in
            missing + (contains(sequence) && !other.contains(sequence) ? 1 : 0)
        }
    }

    // MARK: As bytes, the lowest number in the lowest bit of the first

    package var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(words.count * 8)
        for word in words {
            for shift in stride(from: UInt64(0), to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: word >> shift)) }
        }
        return bytes
    }

    package init(bytes: [UInt8]) {
        words = [UInt64](repeating: 0, count: (bytes.count + 7) / 8)
        for (index, byte) in bytes.enumerated() { words[index >> 3] |= UInt64(byte) << UInt64((index & 7) * 8) }
        count = words.reduce(0) { $0 + $1.nonzeroBitCount }
    }
}
