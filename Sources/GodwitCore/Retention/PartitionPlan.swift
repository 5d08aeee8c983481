/// How messages, and what belongs to them, are spread over ranges of keys and so of time, so that old ones are dropped as a whole.
///
/// Ranges follow each other without a gap: the first has no beginning, and the last, which is meant to stay empty, has no end. So no
/// event is ever refused for want of a range, whatever the clocks say.
package struct PartitionPlan: Hashable, Sendable {
    /// Between the ranges that stay as they are.
    package let kept: [Int64]
    /// Behind those.
    package let added: [Int64]
    /// Whether the ranges are as they should be.
    package let isFulfilled: Bool

    /// - Parameters:
    ///   - now: the earlier of our clock and the database's, so that one clock that is ahead makes no range of years.
    ///   - retentionDays: nil keeps all for ever.
    ///   - bounds: keys between the ranges that exist, the least first; at least one.
    ///   - replaces: whether ranges that nothing can have been written to yet give way to narrower ones.
    package init(now: Instant, retentionDays: Int?, bounds: [Int64], replaces: Bool) {
        let present = TimeKey.first(at: now)
        let width = Self.width(retentionDays: retentionDays)
        var kept = bounds
        if replaces, let wide = Self.firstTooWide(bounds, behind: present, width: width) {
            kept.removeSubrange((wide + 1)...)
        }
        var added: [Int64] = []
        var last = kept.last ?? Self.day(of: present)
        while last < present + 2 * width {
            // After a time without anybody who makes ranges, one holds all of it.
            let behind = max(0, present - last)
            last += max(1, (behind + width - 1) / width) * width
            added.append(last)
        }
        self.kept = kept
        self.added = added
        isFulfilled = kept == bounds && added.isEmpty
    }

    /// Keys of one range: narrow enough that what is kept too long is a small part, wide enough that ranges stay few.
    package static func width(retentionDays: Int?) -> Int64 {
        let days: Int64 =
            switch retentionDays {
            case let days? where days <= 14: 1
            case let days? where days <= 90: 7
            default: 28
            }
        return days * keysPerDay
    }

    /// Ends of the ranges that hold nothing younger than a moment.
    package static func ends(before instant: Instant, of bounds: [Int64]) -> [Int64] {
        let end = TimeKey.first(at: instant)
        return bounds.filter { $0 <= end }
    }

    package static let keysPerDay: Int64 = 86_400 << 31

    private static func day(of key: Int64) -> Int64 { key / keysPerDay * keysPerDay }

    /// The bound at which the first range begins that is wider than wished and lies ahead.
    private static func firstTooWide(_ bounds: [Int64], behind present: Int64, width: Int64) -> Int? {
        for index in bounds.indices.dropLast() where bounds[index] > present {
            if bounds[index + 1] - bounds[index] > width { return index }
        }
        return nil
    }
}
