#if Postgres
import GodwitCore
import GodwitSQL
import GodwitStore

/// Ranges are made and dropped in transactions of their own, never in one that writes something else: they need whole tables for a
/// moment. Who doesn't get those at once lets go, so that nobody waits for long behind it, and is asked again a minute later.
extension PostgresConnection {
    /// Makes ranges ahead. Twice changes nothing more.
    func makePartitions(retentionDays: Int?, at now: Instant) throws(StoreError) {
        let clock = try first(DatabaseClock()) ?? now.millisecondsSince1970
        let now = min(now, Instant(millisecondsSince1970: clock))
        let wish = { (ranges: [Partition], replaces: Bool) in
            PartitionPlan(now: now, retentionDays: retentionDays, bounds: ranges.compactMap(\.ends), replaces: replaces)
        }
        guard try !wish(all(ListPartitions()), true).isFulfilled else { return }
        try changePartitions { ranges throws(StoreError) in
            var plan = wish(ranges, true)
            // What was written to stays where it is.
            for range in ranges.dropFirst(plan.kept.count).dropLast() where try state(of: range, at: now) != .empty {
                plan = wish(ranges, false)
            }
            if !plan.isFulfilled { try extend(ranges, by: plan) }
        }
    }

    /// The last range becomes the first of the new ones, with all that is in it, and a new one is the last.
    private func extend(_ ranges: [Partition], by plan: PartitionPlan) throws(StoreError) {
        guard let last = ranges.last, let start = plan.kept.last else { return }
        let surplus = Array(ranges.dropFirst(plan.kept.count).dropLast())
        var numbers = (ranges.map(\.number).max() ?? 0) + 1
        // What lies further ahead stays in the last one.
        let horizon = plan.added.last ?? .max
        let reach = try first(ReachOfPartition(number: last.number, below: horizon)).flatMap(\.self) ?? .min
        let added = plan.added.drop { $0 <= reach }
        var fresh: [Partition] = []
        for end in added.dropFirst().map(Optional.init) + (added.isEmpty ? [] : [nil]) {
            fresh.append(Partition(number: numbers, ends: end, overSince: nil))
            numbers += 1
        }
        try execute(text { table in fresh.map { table.creation($0.number) }.joined() })
        try lock(surplus + [last])
        for range in surplus where try state(of: range, at: .distantFuture) != .empty { throw .contended }
        guard try (first(ReachOfPartition(number: last.number, below: horizon)).flatMap(\.self) ?? .min) == reach else {
            throw .contended
        }
        var script = text { table in (surplus + [last]).map { table.detachment($0.number) }.joined() }
        script += text { table in surplus.map { "DROP TABLE \(table.partition($0.number));\n" }.joined() }
        if let rest = fresh.last { script += text { $0.move(from: last.number, to: rest.number, since: horizon) } }
        script += text { $0.attachment(last.number, from: start, to: added.first) }
        var from = added.first
        for range in fresh {
            script += text { $0.attachment(range.number, from: from, to: range.ends) }
            from = range.ends
        }
        for range in surplus { script += "DELETE FROM partitions WHERE number = \(range.number);\n" }
        if let end = added.first { script += "UPDATE partitions SET ends = \(end) WHERE number = \(last.number);\n" }
        for range in fresh {
            script +=
                "INSERT INTO partitions (number, ends) VALUES (\(range.number), \(range.ends.map(String.init) ?? "NULL"));\n"
        }
        try execute(script)
    }

    /// Empties the ranges that hold nothing younger than a moment, and in which for a while nothing could be sent again; and makes one
    /// of those that are empty at the beginning.
    ///
    /// - Returns: before when messages go one by one: in the first range, which has no beginning, in the last, which has no end, and in
    ///   one that is kept for a day already by something in it. nil: nowhere.
    func dropPartitions(before: Instant, at now: Instant) throws(StoreError) -> Instant? {
        let ranges = try all(ListPartitions())
        let bounds = ranges.compactMap(\.ends)
        let ended = Set(PartitionPlan.ends(before: before, of: bounds))
        guard !ended.isEmpty else { return before }
        let overdue = Set(PartitionPlan.ends(before: before + .seconds(-86_400), of: bounds))
        var oneByOne: Instant?
        var emptyAtBeginning = 0
        var start = Int64.min
        for (index, range) in ranges.enumerated() {
            guard let end = range.ends, ended.contains(end) else { break }
            if try isEmptied(range, at: now) {
                if emptyAtBeginning == index { emptyAtBeginning += 1 }
                try run(ForgetEventIDs(first: start, end: end, limit: Limits.forgottenEventIDs))
            } else if overdue.contains(end) {
                oneByOne = TimeKey.instant(of: end)
            }
            start = end
        }
        if emptyAtBeginning > 1 { try join(emptyAtBeginning) }
        // Nobody has made ranges for so long that what is old lies in the last one.
        return ended.count == bounds.count ? before : oneByOne
    }

    private func isEmptied(_ range: Partition, at now: Instant) throws(StoreError) -> Bool {
        switch try state(of: range, at: now) {
        case .empty: return true
        case .over:
            guard let since = range.overSince else {
                try note(range, isOverSince: now.millisecondsSince1970)
                return false
            }
            // No late result comes for what is gone.
            guard Instant(millisecondsSince1970: since) + Limits.forgottenAfterEnd <= now else { return false }
            return try empty(range, at: now)
        case .held:
            if range.overSince != nil { try note(range, isOverSince: nil) }
            return false
        }
    }

    private func note(_ range: Partition, isOverSince since: Int64?) throws(StoreError) {
        try run(NotePartitionIsOver(number: range.number, since: since))
    }

    private func empty(_ range: Partition, at now: Instant) throws(StoreError) -> Bool {
        try changePartitions { ranges throws(StoreError) in
            guard ranges.contains(where: { $0.number == range.number }) else { throw .contended }
            try execute("LOCK TABLE \(names([range])) IN ACCESS EXCLUSIVE MODE")
            guard try state(of: range, at: now) == .over else { throw .contended }
            try execute("TRUNCATE \(names([range])); UPDATE partitions SET over_since = NULL WHERE number = \(range.number)")
        }
    }

    /// Of the first ranges, which are empty, makes one.
    private func join(_ count: Int) throws(StoreError) {
        try changePartitions { ranges throws(StoreError) in
            let old = ranges.prefix(count)
            guard let first = old.first, let end = old.last?.ends, old.count == count else { return }
            try lock(Array(old))
            for range in old where try state(of: range, at: .distantFuture) != .empty { throw .contended }
            var script = text { table in old.map { table.detachment($0.number) }.joined() }
            script += "DROP TABLE \(names(Array(old.dropFirst())));\n"
            script += text { $0.attachment(first.number, from: nil, to: end) }
            for range in old.dropFirst() { script += "DELETE FROM partitions WHERE number = \(range.number);\n" }
            try execute(script + "UPDATE partitions SET ends = \(end) WHERE number = \(first.number);")
        }
    }

    /// - Returns: whether it was done. Not when another one is at it, or needs the tables for longer than we wait.
    @discardableResult
    private func changePartitions(_ body: ([Partition]) throws(StoreError) -> Void) throws(StoreError) -> Bool {
        isWorthRetrying = false
        do throws(StoreError) {
            return try inTransaction { () throws(StoreError) in
                guard try first(TryLockPartitions()) ?? false else { return false }
                try execute(
                    """
                    SET LOCAL search_path = \(PostgreSQLText.schema), pg_catalog;
                    SET LOCAL lock_timeout = \(Limits.partitionLockWait.wholeMilliseconds)
                    """)
                try body(all(ListPartitions()))
                return true
            }
        } catch {
            guard !isLost, isWorthRetrying || error.code == .unavailable else { throw error }
            return false
        }
    }

    private func lock(_ ranges: [Partition]) throws(StoreError) {
        let tables = PartitionedTable.allCases.map { "ONLY \($0.name)" }.joined(separator: ", ")
        try execute("LOCK TABLE \(tables), \(names(ranges)) IN ACCESS EXCLUSIVE MODE")
    }

    private func state(of range: Partition, at now: Instant) throws(StoreError) -> StateOfPartition.State {
        try first(StateOfPartition(number: range.number, now: now.millisecondsSince1970)) ?? .held
    }

    private func names(_ ranges: [Partition]) -> String {
        ranges.flatMap { range in PartitionedTable.allCases.map { $0.partition(range.number) } }.joined(separator: ", ")
    }

    private func text(_ part: (PartitionedTable) -> String) -> String { PartitionedTable.allCases.map(part).joined() }
}
#endif
