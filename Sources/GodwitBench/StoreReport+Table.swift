/// For people.
extension StoreReport {
    private static let nameWidth = 36

    package var table: String {
        var lines: [String] = []
        if let first = rows.first?.median {
            lines = [
                "godwit \(first.settings.version) bench, stores",
                ReportText.row("command", first.settings.commandLine),
                ReportText.row("machine", first.machineText),
                ReportText.row("load", first.loadText),
                ReportText.row("target", first.targetText),
                "",
            ]
        }
        let rounds = rows.first?.runs.count ?? 0
        lines += [
            Self.line("", ["delivered", "of", "of", "CPU µs", "CPU µs", "CPU of", "p50", "p99", "log B", "disk B"]),
            Self.line(
                rounds > 1 ? "median of \(rounds) rounds" : "",
                ["per s", "sqlite", "empty", "servers", "database", "1 node", "ms", "ms", "event", "event"]),
        ]
        lines += rows.map { Self.line($0.name, columns($0)) }
        lines += [
            "",
            "CPU is that of an event: of all our servers together, and of the whole database server, if it runs on this machine.",
            "From publish to delivered: p50, p99. Log: what the database server writes ahead. Disk: with indexes.",
            "",
        ]
        lines += fillings.map { filling in
            ReportText.row(
                "filled",
                "\(filling.kind.rawValue) with \(ReportText.grouped(filling.messages)) messages in \(Fixed(filling.seconds)) s, "
                    + ReportText.megabytes(filling.bytes))
        }
        lines += verdict.lines
        return lines.joined(separator: "\n") + "\n"
    }

    private func columns(_ row: Row) -> [String] {
        let run = row.median
        let latency = run?.delivered?.latency
        func each(_ microseconds: Int??) -> Double? {
            BenchmarkReport.CPU.each(microseconds ?? nil, of: run?.cpu.events)
        }
        return [
            row.perSecond.map { ReportText.grouped(Int($0)) }, Self.text(ratioToSQLite(row), places: 2),
            Self.text(ratioToEmpty(row), places: 2), Self.text(each(run?.cpu.serverMicroseconds)),
            Self.text(each(run?.cpu.databaseMicroseconds)), Self.text(costRatioToOneNode(row), places: 2),
            Self.text(latency.map { Double($0.p50) / 1000 }), Self.text(latency.map { Double($0.p99) / 1000 }),
            run?.databaseLogBytesPerEvent.map(ReportText.grouped), run?.databaseBytesPerEvent.map(ReportText.grouped),
        ].map { $0 ?? "–" }
    }

    private static func text(_ value: Double?, places: Int = 1) -> String? { Fixed(value, places: places)?.description }

    private static func line(_ name: String, _ columns: [String]) -> String {
        ReportText.left(name, nameWidth) + columns.map { ReportText.right($0, 10) }.joined()
    }
}
