package import GodwitCore

/// One object; the unit of each number is in its name, and what was not measured is null.
///
/// ```
/// {"godwit":"0.1.0","command":"godwit bench","cores":2,"processor":"…",
///  "settings":{"server":"…","store":"…","target":"…","rate_per_s":null,"duration_s":10.000,"events":null,"warmup_s":2.000,
///              "connections":64,"payload_bytes":512,"endpoints":1,"applications":1,"nodes":1},
///  "accepted":{"count":1,"per_s":1.0,"latency_us":{"p50":1,"p99":1,"p99_9":1,"max":1}},
///  "delivered":{…the same…,"lost":0,"duplicates":0,"unrecognized":0},
///  "refused":{"overloaded_429":0,"by_status":{"500":1},"unanswered":0,"never_sent":0},
///  "cpu":{"server_us_per_event":1.0,"server_us_per_delivery":1.0,"sink_us_per_delivery":1.0,"load_us_per_event":1.0,
///         "database_us_per_event":null},
///  "memory":{"server_idle_bytes":1,"server_peak_bytes":1},
///  "database":{"bytes":1,"bytes_per_event":1,"log_bytes_per_event":null},
///  "problems":[]}
/// ```
/// `accepted` and `delivered` leave the warm-up out. Latencies begin when the publish is sent, or was due for a paced load:
/// `accepted` ends with its 202, `delivered` with its arrival at the sink.
extension BenchmarkReport: JSONWritable {
    package func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.field("godwit", settings.version)
            writer.field("command", settings.commandLine)
            writer.field("cores", settings.cores)
            writer.field("processor", settings.processor)
            writer.object("settings") { writeSettings(to: &$0) }
            writeFigures(to: &writer)
            writer.field("problems", problems)
        }
    }

    /// What was measured, without what the run was.
    func writeFigures(to writer: inout JSONWriter) {
        writer.object("accepted") { Self.write(accepted, to: &$0) }
        writer.name("delivered")
        writeDelivered(to: &writer)
        writer.object("refused") { writer in
            writer.field("overloaded_429", overloaded)
            writer.field("by_status", Dictionary(uniqueKeysWithValues: refused.map { ("\($0.key)", $0.value) }))
            writer.field("unanswered", unanswered)
            writer.field("never_sent", neverSent)
        }
        writer.object("cpu") { writer in
            writer.field("server_us_per_event", Fixed(CPU.each(cpu.serverMicroseconds, of: cpu.events)))
            writer.field("server_us_per_delivery", Fixed(CPU.each(cpu.serverMicroseconds, of: cpu.deliveries)))
            writer.field("sink_us_per_delivery", Fixed(CPU.each(cpu.sinkMicroseconds, of: cpu.deliveries)))
            writer.field("load_us_per_event", Fixed(CPU.each(cpu.loadMicroseconds, of: cpu.events)))
            writer.field("database_us_per_event", Fixed(CPU.each(cpu.databaseMicroseconds, of: cpu.events)))
        }
        writer.object("memory") { writer in
            writer.field("server_idle_bytes", serverIdleBytes)
            writer.field("server_peak_bytes", serverPeakBytes)
        }
        writer.object("database") { writer in
            writer.field("bytes", databaseBytes)
            writer.field("bytes_per_event", databaseBytesPerEvent)
            writer.field("log_bytes_per_event", databaseLogBytesPerEvent)
        }
    }

    func writeSettings(to writer: inout JSONWriter) {
        writer.field("server", settings.server)
        writer.field("store", settings.store)
        writer.field("target", settings.target)
        if case .perSecond(let rate) = settings.pace {
            writer.field("rate_per_s", rate)
        } else {
            writer.field("rate_per_s", Int?.none)
        }
        switch settings.length {
        case .time(let duration):
            writer.field("duration_s", Fixed(duration.inSeconds, places: 3))
            writer.field("events", Int?.none)
        case .events(let count):
            writer.field("duration_s", Fixed?.none)
            writer.field("events", count)
        }
        writer.field("warmup_s", Fixed(settings.warmUp.inSeconds, places: 3))
        writer.field("connections", settings.connections)
        writer.field("payload_bytes", settings.payloadBytes)
        writer.field("endpoints", settings.layout.endpoints)
        writer.field("applications", settings.layout.applications)
        writer.field("nodes", settings.nodes)
    }

    private static func write(_ flow: Flow, to writer: inout JSONWriter) {
        writer.field("count", flow.count)
        writer.field("per_s", Fixed(flow.perSecond))
        writer.field("latency_us", flow.latency)
    }

    private func writeDelivered(to writer: inout JSONWriter) {
        guard let delivered else { return writer.null() }
        writer.object { writer in
            Self.write(delivered, to: &writer)
            writer.field("lost", arrivals?.missing)
            writer.field("duplicates", duplicates)
            writer.field("unrecognized", unrecognized)
        }
    }
}

extension Latencies.Summary: JSONWritable {
    package func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.field("p50", p50)
            writer.field("p99", p99)
            writer.field("p99_9", p999)
            writer.field("max", max)
        }
    }
}

/// A number with a fixed count of decimals.
struct Fixed: JSONWritable, CustomStringConvertible {
    let description: String

    init(_ value: Double, places: Int = 1) {
        var scale = 1
        for _ in 0..<places { scale *= 10 }
        let scaled = Int((value * Double(scale)).rounded())
        let rest = String(abs(scaled) % scale)
        let sign = scaled < 0 ? "-" : ""
        description = "\(sign)\(abs(scaled) / scale).\(String(repeating: "0", count: places - rest.count))\(rest)"
    }

    init?(_ value: Double?, places: Int = 1) {
        guard let value else { return nil }
        self.init(value, places: places)
    }

    func write(to writer: inout JSONWriter) { writer.raw(Array(description.utf8)) }
}

extension Duration {
    var inSeconds: Double { Double(nanoseconds) / 1e9 }
}
