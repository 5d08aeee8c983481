package import GodwitCore

/// How long the API takes for its lists, in a store of a certain size.
package struct ListReport: Sendable {
    package struct Settings: Sendable {
        package var version: String
        package var commandLine: String
        package var cores: Int
        package var processor: String
        package var store: String

        package init(version: String, commandLine: String, cores: Int, processor: String, store: String = "sqlite") {
            self.version = version
            self.commandLine = commandLine
            self.cores = cores
            self.processor = processor
            self.store = store
        }
    }

    /// What the store holds.
    package struct Size: Hashable, Sendable {
        package var messages: Int
        package var deliveries: Int
        package var attempts: Int
        package var databaseBytes: Int
        package var seconds: Double

        package init(messages: Int, deliveries: Int, attempts: Int, databaseBytes: Int, seconds: Double) {
            self.messages = messages
            self.deliveries = deliveries
            self.attempts = attempts
            self.databaseBytes = databaseBytes
            self.seconds = seconds
        }
    }

    package struct List: Sendable {
        /// With its filters.
        package let name: String
        package var latencies = Latencies()
        /// Items on all pages together.
        package var items = 0
        package var pages = 0

        package init(name: String) { self.name = name }

        package mutating func note(nanoseconds: UInt64, items: Int) {
            latencies.record(nanoseconds: nanoseconds)
            self.items += items
            pages += 1
        }
    }

    package let settings: Settings
    package let size: Size
    package let lists: [List]
    package let problems: [String]

    package init(settings: Settings, size: Size, lists: [List], problems: [String]) {
        self.settings = settings
        self.size = size
        self.lists = lists
        self.problems = problems
    }

    /// Milliseconds.
    private static let p99Max = 20.0

    package var verdict: Verdict {
        let slowest = lists.compactMap { list in list.latencies.summary.map { (list.name, $0.p99) } }.max { $0.1 < $1.1 }
        return Verdict(
            goals: [
                Goal(
                    "slowest_p99_ms", "p99 of the slowest list\(slowest.map { " (\($0.0))" } ?? ""), ms",
                    measured: slowest.map { Double($0.1) / 1000 }, .atMost(Self.p99Max))
            ], problems: problems)
    }
}

/// ```
/// {"godwit":"0.1.0","command":"godwit bench api","cores":2,"processor":"…",
///  "store":{"kind":"sqlite","messages":1,"deliveries":1,"attempts":1,"bytes":1,"filled_in_s":1.0},
///  "lists":[{"name":"messages","requests":200,"items_per_page":50.0,"p50_ms":1.00,"p99_ms":2.00,"max_ms":3.00},…],
///  "goals":[…],"verdict":"met","problems":[]}
/// ```
extension ListReport: JSONWritable {
    package func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.field("godwit", settings.version)
            writer.field("command", settings.commandLine)
            writer.field("cores", settings.cores)
            writer.field("processor", settings.processor)
            writer.object("store") { writer in
                writer.field("kind", settings.store)
                writer.field("messages", size.messages)
                writer.field("deliveries", size.deliveries)
                writer.field("attempts", size.attempts)
                writer.field("bytes", size.databaseBytes)
                writer.field("filled_in_s", Fixed(size.seconds))
            }
            writer.array("lists") { writer in
                for list in lists {
                    writer.object { writer in
                        let times = list.latencies.summary
                        writer.field("name", list.name)
                        writer.field("requests", list.pages)
                        writer.field("items_per_page", Fixed(list.itemsPerPage))
                        writer.field("p50_ms", Fixed(times.map { Double($0.p50) / 1000 }, places: 2))
                        writer.field("p99_ms", Fixed(times.map { Double($0.p99) / 1000 }, places: 2))
                        writer.field("max_ms", Fixed(times.map { Double($0.max) / 1000 }, places: 2))
                    }
                }
            }
            verdict.write(to: &writer)
        }
    }
}

extension ListReport.List {
    fileprivate var itemsPerPage: Double { pages > 0 ? Double(items) / Double(pages) : 0 }
}

/// For people.
extension ListReport {
    private static let nameWidth = 60

    package var table: String {
        var lines = [
            "godwit \(settings.version) bench api",
            ReportText.row("command", settings.commandLine),
            ReportText.row("machine", "\(settings.cores) cores, \(settings.processor)"),
            ReportText.row(
                "store",
                "\(settings.store): \(ReportText.grouped(size.messages)) messages, \(ReportText.grouped(size.deliveries)) deliveries, "
                    + "\(ReportText.grouped(size.attempts)) attempts, \(ReportText.megabytes(size.databaseBytes)), "
                    + "filled in \(Fixed(size.seconds)) s"),
            "",
            Self.line("", ["items/page", "p50 ms", "p99 ms", "max ms"]),
        ]
        for list in lists {
            let times = list.latencies.summary.map {
                [$0.p50, $0.p99, $0.max].map { "\(Fixed(Double($0) / 1000, places: 2))" }
            }
            lines.append(Self.line(list.name, ["\(Fixed(list.itemsPerPage))"] + (times ?? ["–", "–", "–"])))
        }
        lines.append("")
        lines += verdict.lines
        return lines.joined(separator: "\n") + "\n"
    }

    private static func line(_ name: String, _ columns: [String]) -> String {
        ReportText.left(name, nameWidth) + columns.map { ReportText.right($0, 11) }.joined()
    }
}
