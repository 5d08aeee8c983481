extension RetryPolicy: JSONWritable {
    package func write(to writer: inout JSONWriter) {
        writer.object { writer in
            if let preset {
                writer.field("preset", preset.rawValue)
                return
            }
            switch waits {
            case .schedule(let schedule): writer.field("schedule", schedule.delays)
            case .exponential(let base, let factor, let cap, let maxAttempts):
                writer.object("exponential") { writer in
                    writer.field("base", base)
                    writer.field("factor", RawJSON(Array("\(factor)".utf8)))
                    writer.field("cap", cap)
                    writer.field("maxAttempts", maxAttempts)
                }
            }
            writer.field("jitter", RawJSON(Array("\(jitter)".utf8)))
            writer.field("maxAge", maxAge)
        }
    }

    fileprivate init(_ reader: inout JSONReader) {
        let preset = reader.optional("preset", JSONShape<RetryPreset>.choice(.svix))
        let schedule = reader.optional("schedule", .retrySchedule)
        let exponential = reader.object("exponential", RetryWaits.init(exponential:)).value
        let jitter = reader.optional("jitter", .double(in: 0...1))
        let maxAge = reader.optional("maxAge", .duration(in: .milliseconds(1)...Limits.retryWait))
        reader.refuseOthers(than: "preset", "schedule", "exponential", "jitter", "maxAge")
        // By what is there, not by what could be read: a wrong value has its own complaint.
        let kinds: [StaticString] = ["preset", "schedule", "exponential"]
        let given = kinds.count { reader.optional($0, .raw) != nil }
        if given != 1 { reader.fail("preset", "expected exactly one of preset, schedule and exponential") }
        if let preset {
            self = preset.policy
            if jitter != nil || maxAge != nil { reader.fail("preset", "a preset has its own jitter and age: leave both out") }
        } else {
            self.init(exponential ?? .schedule(schedule ?? .standard), jitter: jitter ?? RetrySchedule.jitter, maxAge: maxAge)
        }
    }
}

extension RetryWaits {
    fileprivate init(exponential reader: inout JSONReader) {
        let wait = JSONShape<Duration>.duration(in: .milliseconds(1)...Limits.retryWait)
        let base = reader.required("base", wait)
        let cap = reader.optional("cap", wait) ?? Limits.retryWait
        self = .exponential(
            base: base, factor: reader.optional("factor", .double(in: Limits.retryFactor)) ?? 2, cap: cap,
            maxAttempts: reader.required("maxAttempts", .int(in: Limits.retryAttempts)))
        if cap < base { reader.fail("cap", "expected a span that is not shorter than base") }
        reader.refuseOthers(than: "base", "factor", "cap", "maxAttempts")
    }
}

extension JSONShape where Value == RetryPolicy {
    static var retryPolicy: Self { .object(placeholder: RetryPolicy(.standard), RetryPolicy.init) }
}

extension JSONShape where Value == [String: RetryPolicy] {
    static var retryByEventType: Self {
        .map(of: .retryPolicy).checked { policies in
            if policies.count > Limits.retryEventTypes { return "expected at most \(Limits.retryEventTypes) event types" }
            return policies.keys.allSatisfy(Name.isValid) ? nil : "expected names of event types"
        }
    }
}

extension JSONShape where Value == RetrySchedule {
    fileprivate static var retrySchedule: Self {
        JSONShape<[Duration]>.array(of: .duration(in: .zero...Limits.retryWait)).converted(placeholder: .standard) { delays in
            delays.count > Limits.retries
                ? .refused("expected at most \(Limits.retries) waits") : .accepted(RetrySchedule(delays: delays))
        }
    }
}
