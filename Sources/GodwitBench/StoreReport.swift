/// The same load on every store, empty and filled.
package struct StoreReport: Sendable {
    package enum Kind: String, Hashable, Sendable {
        case sqlite
        case postgres
    }

    /// One store, and what was measured on it.
    package struct Row: Sendable {
        package let kind: Kind
        /// Servers that share it.
        package let nodes: Int
        /// Messages that it held before.
        package let stored: Int
        /// One for each round.
        package var runs: [BenchmarkReport] = []

        package init(kind: Kind, nodes: Int, stored: Int) {
            self.kind = kind
            self.nodes = nodes
            self.stored = stored
        }

        package var name: String {
            let servers = nodes == 1 ? "" : ", \(nodes) nodes"
            return "\(kind.rawValue)\(servers), \(stored == 0 ? "empty" : "\(ReportText.grouped(stored)) stored")"
        }

        /// The run whose throughput is the median; of an even number the lower of the two in the middle.
        var median: BenchmarkReport? {
            let sorted = runs.sorted { ($0.delivered?.perSecond ?? 0) < ($1.delivered?.perSecond ?? 0) }
            return sorted.isEmpty ? nil : sorted[(sorted.count - 1) / 2]
        }

        var perSecond: Double? { median?.delivered?.perSecond }

        /// Of our servers and of the database's, when that was measured.
        var cost: Double? {
            guard let cpu = median?.cpu, let own = BenchmarkReport.CPU.each(cpu.serverMicroseconds, of: cpu.events) else {
                return nil
            }
            guard kind == .postgres else { return own }
            return BenchmarkReport.CPU.each(cpu.databaseMicroseconds, of: cpu.events).map { own + $0 }
        }
    }

    /// How a store was filled.
    package struct Filling: Hashable, Sendable {
        package let kind: Kind
        package let messages: Int
        package let seconds: Double
        package let bytes: Int

        package init(kind: Kind, messages: Int, seconds: Double, bytes: Int) {
            self.kind = kind
            self.messages = messages
            self.seconds = seconds
            self.bytes = bytes
        }
    }

    package let rows: [Row]
    package let fillings: [Filling]

    package init(rows: [Row], fillings: [Filling]) {
        self.rows = rows
        self.fillings = fillings
    }

    /// What is to be measured, the filled one after the empty one.
    ///
    /// - Parameter nodeCounts: of PostgreSQL; empty without it.
    package static func rows(nodeCounts: [Int], stored: Int?) -> [Row] {
        let stores: [(Kind, Int)] = [(.sqlite, 1)] + nodeCounts.map { (.postgres, $0) }
        return stores.flatMap { kind, nodes in
            ([0] + (stored.map { [$0] } ?? [])).map { Row(kind: kind, nodes: nodes, stored: $0) }
        }
    }

    /// Throughput, of that on SQLite with as many messages.
    func ratioToSQLite(_ row: Row) -> Double? {
        Goal.ratio(row.perSecond, of: rows.first { $0.kind == .sqlite && $0.stored == row.stored }?.perSecond)
    }

    /// Throughput, of that of the same store when it was empty; nil for one that is.
    func ratioToEmpty(_ row: Row) -> Double? {
        guard row.stored > 0 else { return nil }
        return Goal.ratio(
            row.perSecond, of: rows.first { $0.kind == row.kind && $0.nodes == row.nodes && $0.stored == 0 }?.perSecond)
    }

    /// CPU of an event, of that with one node on the same kind of store.
    func costRatioToOneNode(_ row: Row) -> Double? {
        Goal.ratio(row.cost, of: rows.first { $0.kind == row.kind && $0.nodes == 1 && $0.stored == row.stored }?.cost)
    }

    private static let storedRatio = 0.9

    package var verdict: Verdict {
        let filled = rows.filter { $0.stored > 0 }
        return Verdict(
            goals: filled.map { row in
                Goal(
                    "stored_ratio_\(row.kind.rawValue)\(row.kind == .postgres ? "_\(row.nodes)" : "")",
                    "throughput of \(row.name), of that when it was empty", measured: ratioToEmpty(row),
                    .atLeast(Self.storedRatio))
            },
            problems: rows.flatMap { row in row.runs.flatMap(\.problems).map { "\(row.name): \($0)" } })
    }
}
