import GodwitCore
import GodwitEngine

enum PolicyInput {
    static func policy(_ body: [UInt8]) throws(ValidationError) -> DeliveryPolicy {
        let policy = try DeliveryPolicy(json: withoutEffective(body))
        try check(policy)
        return policy
    }

    /// What GET shows beside the policy may come back in a PUT: it says nothing of its own.
    static func withoutEffective(_ body: [UInt8]) -> [UInt8] {
        guard case .object(let members)? = try? JSONValue.parse(body) else { return body }
        return JSONWriter.write(JSONValue.object(members.filter { $0.name != "effective" }))
    }

    /// A phase that may take longer than the whole attempt is a mistake: the whole ends it.
    static func check(_ policy: DeliveryPolicy) throws(ValidationError) {
        let timeouts = policy.timeouts
        guard let total = timeouts.total else { return }
        let phases = [
            ("connect", timeouts.connect), ("tls", timeouts.tls), ("firstByte", timeouts.firstByte),
            ("idleBody", timeouts.idleBody),
        ]
        let errors = phases.filter { $0.1.map { $0 > total } ?? false }.map { phase in
            FieldError(["body", "timeouts", phase.0], "expected at most total, which is \(total.text)")
        }
        guard errors.isEmpty else { throw ValidationError(errors: errors) }
    }
}

/// The policy, and what it comes to together with the server's settings.
struct PolicyOut: JSONWritable {
    let policy: DeliveryPolicy
    let timeouts: AttemptTimeouts
    let retry: [Duration]

    init(_ policy: DeliveryPolicy, _ engine: DeliveryEngine) {
        self.init(policy, timeouts: engine.standardTimeouts, retry: engine.standardRetry)
    }

    init(_ policy: DeliveryPolicy, timeouts: AttemptTimeouts, retry: RetryPolicy) {
        self.policy = policy
        self.timeouts = policy.timeouts.applied(to: timeouts)
        self.retry = (policy.retry ?? retry).remaining(afterAttempts: 1, atMost: Limits.scheduleShown)
    }

    func write(to writer: inout JSONWriter) {
        var effective = JSONWriter()
        effective.object { writer in
            writer.object("timeouts") { writer in
                writer.field("connect", timeouts.connect)
                writer.field("tls", timeouts.tls)
                writer.field("firstByte", timeouts.firstByte)
                writer.field("idleBody", timeouts.idleBody)
                writer.field("total", timeouts.total)
            }
            writer.field("retry", retry)
        }
        // One member more in the policy's own object.
        writer.raw(
            JSONWriter.write(policy).dropLast() + Array(#","effective":"#.utf8) + effective.finish() + [UInt8(ascii: "}")])
    }
}
