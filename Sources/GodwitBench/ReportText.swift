/// Rows of the tables for people.
enum ReportText {
    private static let nameWidth = 16

    static func row(_ name: String, _ text: String) -> String { left(name, nameWidth) + text }

    static func header(_ name: String, _ columns: [String]) -> String {
        left(name, nameWidth) + columns.map { right($0, 12) }.joined()
    }

    /// The columns of `flow`.
    static let flowHeader = header("", ["count", "per second", "p50 ms", "p99 ms", "p99.9 ms", "max ms"])

    static func flow(_ name: String, _ flow: BenchmarkReport.Flow) -> String {
        let latencies = flow.latency.map { [$0.p50, $0.p99, $0.p999, $0.max].map { "\(Fixed(Double($0) / 1000, places: 2))" } }
        return header(name, [grouped(flow.count), grouped(Int(flow.perSecond))] + (latencies ?? ["–", "–", "–", "–"]))
    }

    static func memory(idle: Int?, peak: Int?, before event: String = "the load") -> String {
        guard let idle, let peak else { return "not measured" }
        return "\(megabytes(idle)) before \(event), \(megabytes(peak)) at most (RSS)"
    }

    static func megabytes(_ bytes: Int) -> String { "\(Fixed(Double(bytes) / 1e6)) MB" }

    static func left(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(1, width - text.count))
    }

    static func right(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(1, width - text.count)) + text
    }

    /// 1234567 as 1,234,567.
    static func grouped(_ number: Int) -> String {
        var text = ""
        for (index, digit) in String(abs(number)).reversed().enumerated() {
            if index > 0, index % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return (number < 0 ? "-" : "") + String(text.reversed())
    }
}
