package import GodwitCore

/// What endpoints that hang cost the others: the same load twice, once while all answer and once while some never do. Only the
/// healthy ones are measured.
package struct IsolationReport: Sendable {
    package let calm: BenchmarkReport
    package let sick: BenchmarkReport
    package let requestTimeout: Duration

    package init(calm: BenchmarkReport, sick: BenchmarkReport, requestTimeout: Duration) {
        self.calm = calm
        self.sick = sick
        self.requestTimeout = requestTimeout
    }

    package var verdict: Verdict {
        Verdict(
            goals: [
                Goal(
                    "throughput_ratio", "throughput of the healthy, of that without the sick",
                    measured: Goal.ratio(sick.delivered?.perSecond, of: calm.delivered?.perSecond), .atLeast(0.95)),
                Goal("p99_ratio", "p99 of the healthy, of that without the sick", measured: latencyRatio(\.p99), .atMost(2)),
            ],
            problems: calm.problems.map { "without the sick: \($0)" } + sick.problems.map { "with the sick: \($0)" }
                + (sick.apartAttempts == 0 ? ["nothing was sent to the endpoints that hang"] : []))
    }

    func latencyRatio(_ percentile: KeyPath<Latencies.Summary, UInt64>) -> Double? {
        Goal.ratio(
            sick.delivered?.latency.map { Double($0[keyPath: percentile]) },
            of: calm.delivered?.latency.map { Double($0[keyPath: percentile]) })
    }
}

/// `without_sick` and `with_sick` have the members of `godwit bench --output json` from `accepted` to `database`.
///
/// ```
/// {"godwit":"0.1.0","command":"godwit bench isolation","cores":2,"processor":"…","settings":{…,"hanging_endpoints":40,
///  "request_timeout_s":5.000},"without_sick":{…},"with_sick":{…,"attempts_that_hung":1},
///  "ratios":{"throughput":1.000,"p50":1.000,"p99":1.000,"p99_9":1.000},
///  "goals":[{"name":"throughput_ratio","measured":1.000,"at_least":0.950,"met":true},…],"verdict":"met","problems":[]}
/// ```
extension IsolationReport: JSONWritable {
    package func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.field("godwit", sick.settings.version)
            writer.field("command", sick.settings.commandLine)
            writer.field("cores", sick.settings.cores)
            writer.field("processor", sick.settings.processor)
            writer.object("settings") { writer in
                sick.writeSettings(to: &writer)
                writer.field("hanging_endpoints", sick.settings.layout.apart)
                writer.field("request_timeout_s", Fixed(requestTimeout.inSeconds, places: 3))
            }
            writer.object("without_sick") { calm.writeFigures(to: &$0) }
            writer.object("with_sick") { writer in
                sick.writeFigures(to: &writer)
                writer.field("attempts_that_hung", sick.apartAttempts)
            }
            writer.object("ratios") { writer in
                writer.field(
                    "throughput", Fixed(Goal.ratio(sick.delivered?.perSecond, of: calm.delivered?.perSecond), places: 3))
                writer.field("p50", Fixed(latencyRatio(\.p50), places: 3))
                writer.field("p99", Fixed(latencyRatio(\.p99), places: 3))
                writer.field("p99_9", Fixed(latencyRatio(\.p999), places: 3))
            }
            verdict.write(to: &writer)
        }
    }
}

/// For people.
extension IsolationReport {
    package var table: String {
        let layout = sick.settings.layout
        var lines = [
            "godwit \(sick.settings.version) bench isolation",
            ReportText.row("command", sick.settings.commandLine),
            ReportText.row("machine", sick.machineText),
            ReportText.row("load", sick.loadText),
            ReportText.row("target", sick.targetText),
            ReportText.row(
                "sick", "\(layout.apart) of them never answer; a request is given up after \(Fixed(requestTimeout.inSeconds)) s"
            ),
            "",
            ReportText.row("healthy", "\(layout.measured.count) endpoints, from the publish being due to its arrival"),
            ReportText.flowHeader,
        ]
        if let calm = calm.delivered { lines.append(ReportText.flow("without sick", calm)) }
        if let sick = sick.delivered { lines.append(ReportText.flow("with sick", sick)) }
        lines += [
            "",
            ReportText.row("hung", "\(ReportText.grouped(sick.apartAttempts ?? 0)) attempts"),
            ReportText.row("memory, calm", ReportText.memory(idle: calm.serverIdleBytes, peak: calm.serverPeakBytes)),
            ReportText.row("memory, sick", ReportText.memory(idle: sick.serverIdleBytes, peak: sick.serverPeakBytes)),
        ]
        lines += verdict.lines
        return lines.joined(separator: "\n") + "\n"
    }
}
