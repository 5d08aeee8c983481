extension RateLimit: JSONWritable {
    package init(_ reader: inout JSONReader) {
        self.init(
            perSecond: reader.optional("perSecond", .int(in: Limits.rate)),
            perMinute: reader.optional("perMinute", .int(in: Limits.rate)),
            perHour: reader.optional("perHour", .int(in: Limits.rate)),
            concurrent: reader.optional("concurrent", .int(in: Limits.rate)))
        reader.refuseOthers(than: "perSecond", "perMinute", "perHour", "concurrent")
    }

    package func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.field("perSecond", perSecond)
            writer.field("perMinute", perMinute)
            writer.field("perHour", perHour)
            writer.field("concurrent", concurrent)
        }
    }
}

extension BreakerPolicy: JSONWritable {
    package init(_ reader: inout JSONReader) {
        self.init()
        let failures = reader.field("failures", .int(in: Limits.breakerFailures))
        if failures != .absent { self.failures = failures.value }
        pause = reader.optional("pause", .duration(in: Limits.breakerPause)) ?? pause
        pauseMax = reader.optional("pauseMax", .duration(in: Limits.breakerPause)) ?? max(pause, pauseMax)
        if pauseMax < pause { reader.fail("pauseMax", "expected a span that is not shorter than pause") }
        reader.refuseOthers(than: "failures", "pause", "pauseMax")
    }

    package func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.field("failures", failures)
            writer.field("pause", pause)
            writer.field("pauseMax", pauseMax)
        }
    }
}

extension BatchPolicy: JSONWritable {
    package func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.field("maxMessages", maxMessages)
            writer.field("maxWait", maxWait)
            writer.field("format", format.rawValue)
        }
    }
}

extension JSONShape where Value == BatchPolicy {
    static var batchPolicy: Self {
        .object(placeholder: BatchPolicy(maxMessages: 2, maxWait: .zero, format: .jsonArray)) { reader in
            let policy = BatchPolicy(
                maxMessages: reader.required("maxMessages", .int(in: Limits.batchMessages)),
                maxWait: reader.optional("maxWait", .duration(in: Limits.batchWait)) ?? .zero,
                format: reader.optional("format", JSONShape<BatchPolicy.Format>.choice(.jsonArray)) ?? .jsonArray)
            reader.refuseOthers(than: "maxMessages", "maxWait", "format")
            return policy
        }
    }
}
