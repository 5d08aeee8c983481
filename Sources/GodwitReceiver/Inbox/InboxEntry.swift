import GodwitSignature

/// A webhook in the inbox.
struct InboxEntry: Sendable {
    let number: Int64
    let attempts: Int
    let webhook: VerifiedWebhook
}

extension ReceiverTransaction {
    func waiting() throws(ReceiverFileError) -> Int {
        Int(try query("SELECT waiting FROM webhook_inbox_size").first?.first?.integer ?? 0)
    }

    func parked() throws(ReceiverFileError) -> Int {
        Int(try query("SELECT parked FROM webhook_inbox_size").first?.first?.integer ?? 0)
    }

    func deposit(_ webhook: VerifiedWebhook, id: String, eventType: String?) throws(ReceiverFileError) {
        try run(
            """
            INSERT INTO webhook_inbox (provider, grade, id, event_type, timestamp, body) VALUES ($1, $2, $3, $4, $5, $6)
            """,
            [
                .text(webhook.provider.rawValue), .text(webhook.grade.rawValue), .text(id),
                eventType.map(SQLValue.text) ?? .null,
                webhook.timestampSeconds.map(SQLValue.integer) ?? .null, .blob(webhook.body),
            ])
    }

    /// The first that is due; with an order, the first at all, if it is due.
    func next(keepsOrder: Bool) throws(ReceiverFileError) -> InboxEntry? {
        let columns = "number, attempts, provider, grade, id, event_type, timestamp, body, due"
        let rows =
            keepsOrder
            ? try query("SELECT \(columns) FROM webhook_inbox WHERE parked = 0 ORDER BY number LIMIT 1")
            : try query(
                "SELECT \(columns) FROM webhook_inbox WHERE parked = 0 AND due <= $1 ORDER BY due, number LIMIT 1",
                [.integer(nowSeconds)])
        guard let row = rows.first, let due = row[8].integer, due <= nowSeconds else { return nil }
        guard
            let number = row[0].integer, let attempts = row[1].integer, let provider = row[2].text.flatMap(Provider.init),
            let grade = row[3].text.flatMap(TrustGrade.init), let id = row[4].text, let body = row[7].blob
        else { throw ReceiverFileError(1, "an entry of the inbox can't be read: it was written by another version") }
        let webhook = VerifiedWebhook(
            provider: provider, grade: grade, timestampSeconds: row[6].integer, body: body, id: .known(id),
            eventType: row[5].text.map(NamedValue.known) ?? .none)
        return InboxEntry(number: number, attempts: Int(attempts), webhook: webhook)
    }

    func postpone(_ entry: InboxEntry, isParked: Bool) throws(ReceiverFileError) {
        let wait = min(ReceiverLimits.inboxBackoffSeconds, 1 << Int64(min(entry.attempts, 30)))
        try run(
            "UPDATE webhook_inbox SET attempts = attempts + 1, due = $2, parked = $3 WHERE number = $1",
            [.integer(entry.number), .integer(nowSeconds + wait), .integer(isParked ? 1 : 0)])
    }
}
