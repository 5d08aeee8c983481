package import GodwitCore

/// How fast retries that are all due drain, against first attempts on the same machine.
package struct BacklogReport: Sendable {
    /// Retries that were due when the drain began, and how they went.
    package struct Drain: Hashable, Sendable {
        /// Retries that were asked for.
        package var wanted: Int
        /// Those that waited when the drain began.
        package var due: Int
        package var drained: Int
        /// From letting them go to the arrival of the last.
        package var nanoseconds: UInt64
        /// Of the server: before the drain, and at most in its whole life.
        package var residentBytes: Int?
        package var residentBytesPeak: Int?

        package init(
            wanted: Int, due: Int, drained: Int, nanoseconds: UInt64, residentBytes: Int?, residentBytesPeak: Int?
        ) {
            self.wanted = wanted
            self.due = due
            self.drained = drained
            self.nanoseconds = nanoseconds
            self.residentBytes = residentBytes
            self.residentBytesPeak = residentBytesPeak
        }

        package var perSecond: Double? { nanoseconds > 0 ? Double(drained) * 1e9 / Double(nanoseconds) : nil }
    }

    /// An unpaced run with the same endpoints.
    package let firstAttempts: BenchmarkReport
    package let drain: Drain
    /// What went wrong while the backlog was built or drained.
    package let drainProblems: [String]

    package init(firstAttempts: BenchmarkReport, drain: Drain, problems: [String]) {
        self.firstAttempts = firstAttempts
        self.drain = drain
        drainProblems = problems
    }

    /// A tenth fewer is still a backlog of that size; what is missing was attempted before the others were due.
    private static let dueMin = 0.9

    package var verdict: Verdict {
        var problems = firstAttempts.problems.map { "first attempts: \($0)" } + drainProblems
        if drain.due == 0 || Double(drain.due) < Self.dueMin * Double(drain.wanted) {
            problems.append("only \(drain.due) of \(drain.wanted) retries were waiting when the drain began")
        }
        if drain.drained < drain.due { problems.append("\(drain.due - drain.drained) retries did not arrive") }
        return Verdict(
            goals: [
                Goal(
                    "drain_ratio", "retries drained per second, of first attempts per second",
                    measured: Goal.ratio(drain.perSecond, of: firstAttempts.delivered?.perSecond), .atLeast(0.8)),
                Goal(
                    "memory_mb", "server memory at most, MB", measured: drain.residentBytesPeak.map { Double($0) / 1e6 },
                    .atMost(Double(Limits.benchmarkBacklogBytes) / 1e6)),
            ], problems: problems)
    }
}

/// ```
/// {"godwit":"0.1.0","command":"godwit bench backlog","cores":2,"processor":"…","settings":{…},
///  "first_attempts":{…accepted to database, as in `godwit bench --output json`…},
///  "drain":{"retries_wanted":1,"retries_due":1,"drained":1,"seconds":1.000,"per_s":1.0,
///           "server_before_bytes":1,"server_peak_bytes":1},
///  "goals":[{"name":"drain_ratio","measured":1.000,"at_least":0.800,"met":true},…],"verdict":"met","problems":[]}
/// ```
extension BacklogReport: JSONWritable {
    package func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.field("godwit", firstAttempts.settings.version)
            writer.field("command", firstAttempts.settings.commandLine)
            writer.field("cores", firstAttempts.settings.cores)
            writer.field("processor", firstAttempts.settings.processor)
            writer.object("settings") { firstAttempts.writeSettings(to: &$0) }
            writer.object("first_attempts") { firstAttempts.writeFigures(to: &$0) }
            writer.object("drain") { writer in
                writer.field("retries_wanted", drain.wanted)
                writer.field("retries_due", drain.due)
                writer.field("drained", drain.drained)
                writer.field("seconds", Fixed(Double(drain.nanoseconds) / 1e9, places: 3))
                writer.field("per_s", Fixed(drain.perSecond))
                writer.field("server_before_bytes", drain.residentBytes)
                writer.field("server_peak_bytes", drain.residentBytesPeak)
            }
            verdict.write(to: &writer)
        }
    }
}

/// For people.
extension BacklogReport {
    package var table: String {
        let perSecond = drain.perSecond.map { ReportText.grouped(Int($0)) } ?? "–"
        var lines = [
            "godwit \(firstAttempts.settings.version) bench backlog",
            ReportText.row("command", firstAttempts.settings.commandLine),
            ReportText.row("machine", firstAttempts.machineText),
            ReportText.row("load", firstAttempts.loadText),
            ReportText.row("target", firstAttempts.targetText),
            "",
            ReportText.header("", ["count", "per second", "seconds"]),
        ]
        if let delivered = firstAttempts.delivered {
            lines.append(
                ReportText.header(
                    "first attempts", [ReportText.grouped(delivered.count), ReportText.grouped(Int(delivered.perSecond))]))
        }
        lines += [
            ReportText.header(
                "due retries",
                [ReportText.grouped(drain.drained), perSecond, "\(Fixed(Double(drain.nanoseconds) / 1e9))"]),
            "",
            ReportText.row(
                "server memory",
                ReportText.memory(idle: drain.residentBytes, peak: drain.residentBytesPeak, before: "the drain")),
        ]
        lines += verdict.lines
        return lines.joined(separator: "\n") + "\n"
    }
}
