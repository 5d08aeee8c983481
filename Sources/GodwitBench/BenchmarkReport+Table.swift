/// For people.
extension BenchmarkReport {
    package var table: String {
        var lines = [
            "godwit \(settings.version) bench",
            row("command", settings.commandLine),
            row("machine", machineText),
            row("server", "\(settings.server), store \(settings.store)"),
            row("load", loadText),
            row("target", targetText),
            "",
            ReportText.flowHeader,
            ReportText.flow("accepted (202)", accepted),
        ]
        if let delivered {
            lines.append(ReportText.flow("delivered", delivered))
        } else {
            lines.append(row("delivered", "not measured: the target is not our sink"))
        }
        lines += [
            "Latencies begin when the publish is \(settings.pace == .unpaced ? "sent" : "due"), so `delivered` includes the accept.",
            "",
            row("server CPU", serverCPUText),
            row("sink CPU", text(CPU.each(cpu.sinkMicroseconds, of: cpu.deliveries), "µs per delivery")),
            row("load CPU", text(CPU.each(cpu.loadMicroseconds, of: cpu.events), "µs per event")),
            row("server memory", ReportText.memory(idle: serverIdleBytes, peak: serverPeakBytes)),
            row("database", databaseText),
            row("refused", refusedText),
        ]
        if let arrivals, let duplicates {
            lines.append(row("lost", "\(arrivals.missing) of \(arrivals.expected) deliveries; \(duplicates) arrived twice"))
        }
        for problem in problems { lines.append(row("PROBLEM", problem)) }
        return lines.joined(separator: "\n") + "\n"
    }

    private func row(_ name: String, _ text: String) -> String { ReportText.row(name, text) }

    var machineText: String {
        "\(settings.cores) cores, \(settings.processor); the load, the server and the sink share them"
    }

    var targetText: String {
        let layout = settings.layout
        let endpoints = "\(settings.target), \(layout.endpoints) \(layout.endpoints == 1 ? "endpoint" : "endpoints")"
        return layout.applications == 1 ? endpoints : "\(endpoints) in \(layout.applications) applications"
    }

    var loadText: String {
        let pace =
            switch settings.pace {
            case .unpaced: "as fast as the answers come"
            case .perSecond(let rate): "\(ReportText.grouped(rate)) publishes per second"
            }
        let length =
            switch settings.length {
            case .time(let duration): "\(Fixed(duration.inSeconds)) s"
            case .events(let count): "\(ReportText.grouped(count)) events"
            }
        return "\(pace), \(settings.connections) connections, \(settings.payloadBytes)-byte payload, \(length) after "
            + "\(Fixed(settings.warmUp.inSeconds)) s of warm-up"
    }

    private var refusedText: String {
        let others = refused.sorted { $0.key < $1.key }.map { ", \($0.value) with \($0.key)" }.joined()
        return "\(overloaded) with 429 (sent again)\(others), \(unanswered) unanswered, \(neverSent) never sent"
    }

    private func text(_ value: Double?, _ unit: String) -> String { value.map { "\(Fixed($0)) \(unit)" } ?? "not measured" }

    private var serverCPUText: String {
        let perEvent = text(CPU.each(cpu.serverMicroseconds, of: cpu.events), "µs per event")
        guard let perDelivery = CPU.each(cpu.serverMicroseconds, of: cpu.deliveries) else { return perEvent }
        return "\(Fixed(perDelivery)) µs per delivery, \(perEvent)"
    }

    private var databaseText: String {
        databaseBytesPerEvent.map { "\(ReportText.grouped($0)) bytes per event (file and log)" } ?? "not measured"
    }
}
