/// For people.
extension BenchmarkReport {
    package var table: String {
        var lines = [
            "godwit \(settings.version) bench",
            row("command", settings.commandLine),
            row("machine", "\(settings.cores) cores, \(settings.processor); the load, the server and the sink share them"),
            row("server", "\(settings.server), store \(settings.store)"),
            row("load", loadText),
            row("target", "\(settings.target), \(settings.endpoints) \(settings.endpoints == 1 ? "endpoint" : "endpoints")"),
            "",
            header("", ["count", "per second", "p50 ms", "p99 ms", "p99.9 ms", "max ms"]),
            flowRow("accepted (202)", accepted),
        ]
        if let delivered {
            lines.append(flowRow("delivered", delivered))
        } else {
            lines.append(row("delivered", "not measured: the target is not our sink"))
        }
        lines += [
            "Latencies begin when the publish is \(settings.pace == .unpaced ? "sent" : "due"), so `delivered` includes the accept.",
            "",
            row("server CPU", serverCPUText),
            row("sink CPU", text(CPU.each(cpu.sinkMicroseconds, of: cpu.deliveries), "µs per delivery")),
            row("load CPU", text(CPU.each(cpu.loadMicroseconds, of: cpu.events), "µs per event")),
            row("server memory", memoryText),
            row("database", databaseText),
            row("refused", refusedText),
        ]
        if let lost, let duplicates {
            lines.append(
                row("lost", "\(lost) of \(acceptedInAll * settings.endpoints) deliveries; \(duplicates) arrived twice"))
        }
        for problem in problems { lines.append(row("PROBLEM", problem)) }
        return lines.joined(separator: "\n") + "\n"
    }

    private var loadText: String {
        let pace =
            switch settings.pace {
            case .unpaced: "as fast as the answers come"
            case .perSecond(let rate): "\(Self.grouped(rate)) publishes per second"
            }
        let length =
            switch settings.length {
            case .time(let duration): "\(Fixed(duration.inSeconds)) s"
            case .events(let count): "\(Self.grouped(count)) events"
            }
        return "\(pace), \(settings.connections) connections, \(settings.payloadBytes)-byte payload, \(length) after "
            + "\(Fixed(settings.warmUp.inSeconds)) s of warm-up"
    }

    private var refusedText: String {
        let others = refused.sorted { $0.key < $1.key }.map { ", \($0.value) with \($0.key)" }.joined()
        return "\(overloaded) with 429 (sent again)\(others), \(unanswered) unanswered, \(neverSent) never sent"
    }

    private func row(_ name: String, _ text: String) -> String { Self.left(name, 16) + text }

    private func header(_ name: String, _ columns: [String]) -> String {
        Self.left(name, 16) + columns.map { Self.right($0, 12) }.joined()
    }

    private func flowRow(_ name: String, _ flow: Flow) -> String {
        let latencies = flow.latency.map { [$0.p50, $0.p99, $0.p999, $0.max].map { "\(Fixed(Double($0) / 1000, places: 2))" } }
        return header(
            name, [Self.grouped(flow.count), Self.grouped(Int(flow.perSecond))] + (latencies ?? ["–", "–", "–", "–"]))
    }

    private func text(_ value: Double?, _ unit: String) -> String { value.map { "\(Fixed($0)) \(unit)" } ?? "not measured" }

    private var serverCPUText: String {
        let perEvent = text(CPU.each(cpu.serverMicroseconds, of: cpu.events), "µs per event")
        guard let perDelivery = CPU.each(cpu.serverMicroseconds, of: cpu.deliveries) else { return perEvent }
        return "\(Fixed(perDelivery)) µs per delivery, \(perEvent)"
    }

    private var memoryText: String {
        guard let serverIdleBytes, let serverPeakBytes else { return "not measured" }
        let (idle, peak) = (Fixed(Double(serverIdleBytes) / 1e6), Fixed(Double(serverPeakBytes) / 1e6))
        return "\(idle) MB before the load, \(peak) MB at most (RSS)"
    }

    private var databaseText: String {
        databaseBytesPerEvent.map { "\(Self.grouped($0)) bytes per event (file and log)" } ?? "not measured"
    }

    private static func left(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(1, width - text.count))
    }

    private static func right(_ text: String, _ width: Int) -> String {
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
