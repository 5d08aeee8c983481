import GodwitCore
import GodwitSignature

/// What nobody with the secret has sent like this. Each is a way in that receivers in the field have left open.
extension CheckCase {
    static let forgeries = [
        forgery(
            "missing-signature", "refuses when there is no signature",
            "A request without webhook-signature must be refused, not let through.", { $0.with("webhook-signature", nil) }),
        forgery(
            "missing-id", "refuses when there is no identifier", "Refuse when webhook-id is missing: it is signed, too.",
            { $0.with("webhook-id", nil) }),
        forgery(
            "missing-timestamp", "refuses when there is no timestamp",
            "Refuse when webhook-timestamp is missing: without it a captured request works for ever.",
            { $0.with("webhook-timestamp", nil) }),
        forgery(
            "empty-signature", "refuses an empty signature", "Treat an empty webhook-signature as a missing one.",
            { $0.with("webhook-signature", "") }),
        forgery(
            "malformed-signature", "refuses a malformed signature without an error of its own",
            "Pass over items that aren't base64, and answer 400 or 401; an exception becomes a 500.",
            { $0.with("webhook-signature", "v1,*** v1,") }),
        forgery(
            "malformed-timestamp", "refuses a timestamp that is no number",
            "Read webhook-timestamp strictly as digits, and answer 400; an exception becomes a 500.",
            { $0.with("webhook-timestamp", "soon") }),
        forgery(
            "wrong-signature", "refuses a wrong signature", "Compare the whole signature with the one that you compute.",
            { $0.with("webhook-signature", $0.signature.prefix { $0 != "," } + "," + wrong(like: $0.signature)) }),
        forgery(
            "truncated-signature", "refuses a truncated signature",
            "Compare lengths, too: a comparison that ends with the shorter one accepts any prefix.",
            // 15 bytes of it, a whole number of base64's groups, so that it decodes.
            { $0.with("webhook-signature", String($0.signature.prefix { $0 != "," } + ",") + prefix(of: $0.signature)) }),
        forgery(
            "unknown-version", "refuses a signature under a version that it doesn't know",
            "Only v1 (and v1a, if you hold a public key) count. Skip items of every other version, whatever follows the comma.",
            { $0.with("webhook-signature", "v0," + $0.signature.drop { $0 != "," }.dropFirst()) }),
        CheckCase(
            "wrong-key", "refuses what was signed with another key", .refusesForgeries,
            remedy: "Verify with this endpoint's secret only, decoded from the base64 after its prefix.",
            { context throws(SigningError) in
                let probe = try context.genuine("wrong-key")
                return [try context.signed(probe.id, probe.body, by: context.settings.stranger)]
            }),
        CheckCase(
            "empty-key", "refuses what was signed with an empty key", .refusesForgeries,
            remedy: "Fail at the start when the secret isn't configured. With an empty one anybody can sign.",
            { context throws(SigningError) in
                guard let emptyKey = context.settings.emptyKey else { return [] }
                let probe = try context.genuine("empty-key")
                return [try context.signed(probe.id, probe.body, by: emptyKey)]
            }),
        moved(
            "stale", "refuses a stale timestamp", by: -1,
            "Refuse when webhook-timestamp is older than your tolerance (300 s), although the signature is right."),
        moved(
            "future", "refuses a timestamp of the future", by: 1,
            "Refuse when webhook-timestamp is further ahead than your tolerance, too: such a request could be replayed for long."
        ),
        CheckCase(
            "altered-body", "refuses a body that was altered", .refusesForgeries,
            remedy: "Sign over the body that you then use, not over another copy or a part of it.",
            { context throws(SigningError) in
                var probe = try context.genuine("altered-body").forged
                probe.body = JSONLayout.compact.text(context.event("altered-body", 2))
                return [probe]
            }),
        CheckCase(
            "truncated-body", "refuses a body that was truncated", .refusesForgeries,
            remedy: "Read the body to its end before you verify, and refuse what doesn't match.",
            { context throws(SigningError) in
                var probe = try context.genuine("truncated-body").forged
                probe.body.removeLast(probe.body.count / 2)
                // Still whole characters: text that can't be decoded would be another case.
                while let last = probe.body.last, last >= 0x80 { probe.body.removeLast() }
                return [probe]
            }),
        reserialised("re-serialised", signed: .compact, sent: .indented),
        reserialised("re-serialised-spaced", signed: .spaced, sent: .compact),
    ]

    /// A genuine event, changed on its way.
    private static func forgery(
        _ name: String, _ title: String, _ remedy: String, _ change: @escaping @Sendable (CheckProbe) -> CheckProbe
    ) -> CheckCase {
        CheckCase(
            name, title, .refusesForgeries, remedy: remedy,
            { context throws(SigningError) in [change(try context.genuine(name)).forged] })
    }

    /// Signed rightly, but at another time.
    private static func moved(_ name: String, _ title: String, by direction: Int64, _ remedy: String) -> CheckCase {
        CheckCase(
            name, title, .refusesForgeries, remedy: remedy,
            { context throws(SigningError) in
                // Twice the tolerance: a clock that is a little off must not decide.
                let seconds = direction * (2 * context.settings.toleranceSeconds + 60)
                let probe = try context.genuine(name)
                return [try context.signed(probe.id, probe.body, secondsFromNow: seconds).forged]
            })
    }

    /// The same value in other bytes. A receiver that writes again what it has parsed would find the signature right.
    private static func reserialised(_ name: String, signed: JSONLayout, sent: JSONLayout) -> CheckCase {
        CheckCase(
            name, "refuses a body that was written anew (signed \(signed), sent \(sent))", .refusesForgeries,
            remedy: "Verify over the raw body. If you parse it and write it again, others can change what you don't look at.",
            { context throws(SigningError) in
                let event = context.event(name)
                var probe = try context.signed(context.id(name), signed.text(event)).forged
                probe.body = sent.text(event)
                return [probe]
            })
    }

    private static func prefix(of signature: String) -> String {
        String(signature.drop { $0 != "," }.dropFirst().prefix(20))
    }

    /// As long as it is, and well-formed.
    private static func wrong(like signature: String) -> String {
        String(signature.drop { $0 != "," }.dropFirst().map { $0 == "=" ? $0 : $0 == "A" ? "B" : "A" })
    }
}
