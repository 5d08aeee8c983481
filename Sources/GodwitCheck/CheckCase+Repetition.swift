import GodwitCore
import GodwitSignature

/// Delivery is at least once and in no order: the same event comes again, at once or late, and others overtake it.
extension CheckCase {
    static let repetition = [
        CheckCase(
            "duplicate", "accepts a duplicate", .accepts,
            remedy:
                "Remember webhook-id. Answer 2xx to one that you have seen, and do nothing: any other answer makes it come again.",
            { context throws(SigningError) in
                // As a sender's retries: each has a time and a signature of its own.
                let body = JSONLayout.compact.text(context.event("duplicate"))
                let id = context.id("duplicate")
                let first = try context.signed(id, body, secondsFromNow: -2)
                let second = try context.signed(id, body, secondsFromNow: -1, attempt: 2)
                return [first, second, try context.signed(id, body, attempt: 3)]
            }),
        CheckCase(
            "concurrent-duplicates", "accepts duplicates at the same moment", .acceptsOrWaits, .together,
            remedy:
                "Record webhook-id and its effect in one transaction with a unique index: checking first and then inserting "
                + "lets two through, or fails with 500.",
            { context throws(SigningError) in
                let probe = try context.genuine("concurrent-duplicates")
                return Array(repeating: probe, count: context.settings.concurrency)
            }),
        CheckCase(
            "replayed", "accepts the same bytes again as a duplicate, or refuses them", .acceptsOnce,
            remedy: "Answer 2xx without a second effect, or 4xx, but not 5xx.",
            { context throws(SigningError) in
                let probe = try context.genuine("replayed")
                return [probe, probe]
            }),
        replayed(
            "replayed-new-id", "refuses a captured request under another identifier",
            "webhook-id is signed: compute the signature over id.timestamp.body with the header's own value.",
            { context, probe in
                var copy = probe.with("webhook-id", context.id("replayed-new-id", 2))
                copy.id = context.id("replayed-new-id", 2)
                return copy
            }),
        replayed(
            "replayed-new-timestamp", "refuses a captured request with another timestamp",
            "webhook-timestamp is signed: compute the signature over id.timestamp.body with the header's own value.",
            { context, probe in probe.with("webhook-timestamp", "\(context.nowSeconds - 1)") }),
        CheckCase(
            "reordered", "accepts events out of their order", .accepts,
            remedy: "Answer 2xx to an older event that comes late, and let the newer state stand: order isn't promised.",
            { context throws(SigningError) in
                let newer = try context.signed(
                    context.id("reordered", 2), JSONLayout.compact.text(context.event("reordered", 2)), secondsFromNow: 0)
                let older = try context.signed(
                    context.id("reordered", 1), JSONLayout.compact.text(context.event("reordered", 1)), secondsFromNow: -2)
                return [newer, older]
            }),
    ]

    /// A genuine request, and then what somebody who saw it on its way makes of it.
    private static func replayed(
        _ name: String, _ title: String, _ remedy: String,
        _ change: @escaping @Sendable (CheckContext, CheckProbe) -> CheckProbe
    ) -> CheckCase {
        CheckCase(
            name, title, .refusesForgeries, remedy: remedy,
            { context throws(SigningError) in
                let probe = try context.genuine(name)
                return [probe, change(context, probe).forged]
            })
    }
}
