package import GodwitCore

/// What a sink has counted so far.
package struct SinkReport: Sendable {
    /// Different deliveries of this run: an event counts once for each endpoint.
    package var delivered = 0
    /// Of those, the ones sent after the warm-up.
    package var measured = 0
    /// Deliveries that had arrived before. Allowed by at-least-once, and shown.
    package var duplicates = 0
    /// Requests that are no delivery of this run.
    package var unrecognized = 0
    /// When the last measured delivery arrived for the first time, on the monotonic clock; 0 when none has.
    package var lastMeasuredAt: UInt64 = 0
    package var latencies = Latencies()
    /// Attempts at endpoints that are set apart.
    package var apart = 0
    /// First attempts that were answered with 500.
    package var failed = 0
    /// Of those, the deliveries that arrived again.
    package var recovered = 0
    /// When the last of them did, on the monotonic clock; 0 when none has.
    package var lastRecoveredAt: UInt64 = 0

    package init() {}

    /// Deliveries that were attempted at least once.
    package var tried: Int { delivered + failed - recovered }
}

extension SinkReport: JSONWritable {
    package func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writeCounts(to: &writer)
            writer.field("latencies", latencies)
        }
    }

    package func writeCounts(to writer: inout JSONWriter) {
        writer.field("delivered", delivered)
        writer.field("measured", measured)
        writer.field("duplicates", duplicates)
        writer.field("unrecognized", unrecognized)
        writer.field("last_measured_at_ns", lastMeasuredAt)
        writer.field("apart", apart)
        writer.field("failed", failed)
        writer.field("recovered", recovered)
        writer.field("last_recovered_at_ns", lastRecoveredAt)
    }

    /// - Parameter json: with or without latencies.
    package init?(_ json: JSONValue) {
        guard let delivered = json["delivered"]?.count, let measured = json["measured"]?.count,
            let duplicates = json["duplicates"]?.count, let unrecognized = json["unrecognized"]?.count,
            let lastMeasuredAt = json["last_measured_at_ns"]?.count, let apart = json["apart"]?.count,
            let failed = json["failed"]?.count, let recovered = json["recovered"]?.count,
            let lastRecoveredAt = json["last_recovered_at_ns"]?.count
        else { return nil }
        (self.delivered, self.measured) = (Int(delivered), Int(measured))
        (self.duplicates, self.unrecognized) = (Int(duplicates), Int(unrecognized))
        self.lastMeasuredAt = lastMeasuredAt
        (self.apart, self.failed, self.recovered) = (Int(apart), Int(failed), Int(recovered))
        self.lastRecoveredAt = lastRecoveredAt
        if let latencies = json["latencies"] {
            guard let latencies = Latencies(latencies) else { return nil }
            self.latencies = latencies
        }
    }
}
