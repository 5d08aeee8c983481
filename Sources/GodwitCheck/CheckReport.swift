package import GodwitCore

/// A whole run.
package struct CheckReport: Sendable {
    package let url: String
    package let results: [CheckResult]

    package init(url: String, results: [CheckResult]) {
        self.url = url
        self.results = results
    }

    package var passed: Int { count(.passed) }
    package var failed: Int { count(.failed) }
    package var skipped: Int { count(.skipped) }
    /// Nothing failed, and enough was seen to say so.
    package var isPassed: Bool { failed == 0 && passed > 0 }

    private func count(_ outcome: CheckResult.Outcome) -> Int { results.count { $0.outcome == outcome } }

    /// The last case of every run, over the answers of the others.
    package static func inTime(_ answers: [CheckAnswer], limit: Duration) -> CheckResult {
        let slowest = answers.map(\.elapsed).max() ?? .zero
        let late = answers.count { $0.outcome == .tooLate }
        let isInTime = late == 0 && slowest <= limit
        let title = "answers within \(limit.inMilliseconds) ms"
        guard !answers.isEmpty else {
            return CheckResult(
                name: "in-time", title: title, outcome: .skipped, observed: "there was no answer", remedy: nil, elapsed: .zero)
        }
        return CheckResult(
            name: "in-time", title: title, outcome: isInTime ? .passed : .failed,
            observed: late == 0
                ? "the slowest took \(slowest.inMilliseconds) ms" : "\(late) of \(answers.count) had no answer in that time",
            remedy: isInTime
                ? nil : "Store the event and answer at once; work on it afterwards. What isn't answered in time comes again.",
            elapsed: slowest)
    }
}

extension Duration {
    /// `12` or `1.4`: two digits that matter.
    var inMilliseconds: String {
        let tenths = Int(self / .microseconds(100))
        return tenths >= 100 || tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
    }
}

// MARK: For people

extension CheckReport {
    package var table: String {
        let width = results.map(\.name.count).max() ?? 0
        var lines = ["Receiver \(url)", ""]
        for result in results {
            let mark =
                switch result.outcome {
                case .passed: "ok  "
                case .failed: "FAIL"
                case .skipped: "–   "
                }
            let name = result.name + String(repeating: " ", count: width - result.name.count)
            lines.append("\(mark)  \(name)  \(result.title): \(result.observed)")
            if let remedy = result.remedy { lines.append("      \(String(repeating: " ", count: width))  → \(remedy)") }
        }
        lines += ["", "\(passed) passed, \(failed) failed" + (skipped > 0 ? ", \(skipped) skipped" : "")]
        return lines.joined(separator: "\n") + "\n"
    }
}

// MARK: For programs

extension CheckReport: JSONWritable {
    package func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.field("url", url)
            writer.field("passed", passed)
            writer.field("failed", failed)
            writer.field("skipped", skipped)
            writer.array("cases") { writer in
                for result in results { result.write(to: &writer) }
            }
        }
    }
}

extension CheckResult: JSONWritable {
    package func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.field("name", name)
            writer.field("title", title)
            writer.field("outcome", outcome.rawValue)
            writer.field("observed", observed)
            writer.field("remedy", remedy)
            writer.field("elapsedMs", Int(elapsed / .milliseconds(1)))
        }
    }
}
