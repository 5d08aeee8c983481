package import GodwitCore

/// Webhook against polling, in numbers of this machine.
package struct ComparisonReport: Sendable {
    package let rows: [ComparisonRow]
    package let commandLine: String
    package let machine: String
    package let eventsPerMinute: Double
    package let notes: [String]

    package init(
        rows: [ComparisonRow], commandLine: String, machine: String, eventsPerMinute: Double, notes: [String]
    ) {
        self.rows = rows
        self.commandLine = commandLine
        self.machine = machine
        self.eventsPerMinute = eventsPerMinute
        self.notes = notes
    }

    /// Everything that was published reached its client.
    package var isComplete: Bool { rows.allSatisfy { $0.method == .nobody || $0.missed == 0 } }

    package static let calculatedNote =
        "* calculated from the shortest interval, not measured: see Docs/webhook-or-polling.md. --full measures it."

    package var table: String {
        var lines = ["Webhook or polling, on \(machine)", "each client has \(Fixed(eventsPerMinute)) events a minute", ""]
        lines.append(
            ReportText.header("", ["clients", "req/event", "wasted %", "p50 ms", "p99 ms", "CPU s/min", "kB/event", "missed"]))
        for row in rows {
            let name = row.method.name + (row.isCalculated ? " *" : "")
            let isClient = row.method != .nobody
            func text(_ value: Double?, _ places: Int = 2) -> String {
                isClient ? Fixed(value, places: places)?.description ?? "–" : "–"
            }
            lines.append(
                ReportText.header(
                    name,
                    [
                        ReportText.grouped(row.clients), text(row.requestsPerEvent), text(row.wastedPercent, 1),
                        text(row.p50.map { $0 / 1000 }, 1), text(row.p99.map { $0 / 1000 }, 1),
                        Fixed(row.cpuPerMinute, places: 2).description, text(row.bytesPerEvent.map { $0 / 1000 }),
                        isClient ? "\(row.missed)" : "–",
                    ]))
        }
        lines.append("")
        if rows.contains(where: \.isCalculated) { lines.append(Self.calculatedNote) }
        return (lines + notes).joined(separator: "\n") + "\n"
    }
}

extension ComparisonRow {
    package var cpuPerMinute: Double { seconds == 0 ? 0 : cpuSeconds / seconds * 60 }
}

extension ComparisonReport: JSONWritable {
    package func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.field("command", commandLine)
            writer.field("machine", machine)
            writer.field("events_per_client_and_minute", Fixed(eventsPerMinute, places: 2))
            writer.array("rows") { writer in for row in rows { row.write(to: &writer) } }
            writer.field("notes", notes)
        }
    }
}

extension ComparisonRow: JSONWritable {
    package func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.field("method", method.name)
            if case .polling(let interval) = method { writer.field("interval_s", Fixed(interval.inSeconds, places: 3)) }
            writer.field("clients", clients)
            writer.field("calculated", isCalculated)
            writer.field("seconds", Fixed(seconds, places: 3))
            writer.field("events", events)
            writer.field("events_seen", seen)
            writer.field("requests", requests)
            writer.field("requests_per_event", Fixed(requestsPerEvent, places: 3))
            writer.field("wasted_percent", Fixed(wastedPercent, places: 2))
            writer.field("delay_p50_ms", Fixed(p50.map { $0 / 1000 }, places: 3))
            writer.field("delay_p99_ms", Fixed(p99.map { $0 / 1000 }, places: 3))
            writer.field("server_cpu_s", Fixed(cpuSeconds, places: 4))
            writer.field("bytes", bytes)
            writer.field("bytes_per_event", Fixed(bytesPerEvent))
        }
    }
}
