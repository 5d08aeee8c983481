import ArgumentParser
import GodwitCore

/// Which stores are compared, and how full they are.
struct BenchStoreOptions: ParsableArguments {
    @Option(help: .benchStore) var store: String?
    @Option(help: "With PostgreSQL: numbers of servers that share the database, each measured: 1 to 64. (default: 1)")
    var nodes: String?
    @Option(
        help:
            "Measure also in stores that hold so many messages: 1000 to 10000000. Filling takes a minute for each million or so."
    )
    var stored: Int?
    @Option(help: "How often to measure each, in turns; the median counts: 1 to 20.") var rounds = 1

    /// Whether anything but a single run on SQLite is asked for.
    var isComparison: Bool { (try? Self.server(store)) != nil || stored != nil || rounds != 1 }

    /// - Returns: nil for SQLite.
    static func server(_ text: String?) throws -> String? {
        guard let text, text != "sqlite" else { return nil }
        guard case .postgres(let address)? = StoreAddress(text) else {
            let isFile = text.hasPrefix("sqlite:")
            throw ArgumentParser.ValidationError(
                isFile
                    ? "--store takes sqlite without a path: the benchmark makes a file of its own"
                    : "--store takes sqlite, or postgres:// and a server, not '\(text.prefix { $0 != ":" && $0 != "/" })…'")
        }
        return address
    }

    func nodeCounts() throws -> [Int] {
        guard try Self.server(store) != nil else {
            guard nodes == nil || nodes == "1" else {
                throw ArgumentParser.ValidationError("--nodes: a store on SQLite has one node; give --store postgres://…")
            }
            return []
        }
        let counts = try (nodes ?? "1").split(separator: ",", omittingEmptySubsequences: false).map { text in
            guard let count = Int(text) else {
                throw ArgumentParser.ValidationError("--nodes takes numbers like 1,2,4, not '\(nodes ?? "")'")
            }
            return try BenchOption.check(count, in: Limits.benchmarkNodes, "nodes")
        }
        guard counts.count <= Limits.benchmarkNodeCounts, Set(counts).count == counts.count else {
            throw ArgumentParser.ValidationError(
                "--nodes takes up to \(Limits.benchmarkNodeCounts) different numbers, not '\(nodes ?? "")'")
        }
        return counts
    }

    func checkedStored() throws -> Int? {
        try stored.map { try BenchOption.check($0, in: Limits.benchmarkStoredMessages, "stored") }
    }

    func checkedRounds() throws -> Int { try BenchOption.check(rounds, in: Limits.benchmarkRounds, "rounds") }
}

extension ArgumentHelp {
    static let benchStore: ArgumentHelp = """
        sqlite, or postgres://user@host/database: a server on which databases godwit_bench_… are made for the run and dropped. \
        (default: sqlite)
        """
}
