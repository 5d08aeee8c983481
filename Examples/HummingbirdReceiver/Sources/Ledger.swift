import GodwitReceiver
import GodwitSignature

/// `data` of the event `invoice.paid`.
struct Invoice: Decodable, Sendable {
    let account: String
    /// In the currency's smallest unit: money is no floating-point number.
    let amount: Int64
}

/// What this program is for: it books payments. Its table lies in the receiver's file, so that a booking and the record of its
/// webhook are one transaction.
struct Ledger: Sendable {
    let file: ReceiverFile

    init(file: ReceiverFile) async throws {
        self.file = file
        _ = try await file.transaction { transaction in
            try transaction.query(
                "CREATE TABLE IF NOT EXISTS payments (webhook TEXT NOT NULL, account TEXT NOT NULL, amount BIGINT NOT NULL)")
        }
    }

    /// Once for each webhook, however often it comes and whenever the process dies.
    func book(_ invoice: Invoice, of webhook: VerifiedWebhook) async throws {
        try await file.processOnce(webhook) { transaction in
            try transaction.run(
                "INSERT INTO payments (webhook, account, amount) VALUES ($1, $2, $3)",
                [.text(webhook.id), .text(invoice.account), .integer(invoice.amount)])
        }
    }

    func balance(of account: String) async throws -> Int64 {
        try await number("SELECT COALESCE(SUM(amount), 0) FROM payments WHERE account = $1", account)
    }

    /// How often a webhook was booked: 0 or 1, or something is wrong.
    func bookings(of webhook: String) async throws -> Int64 {
        try await number("SELECT COUNT(*) FROM payments WHERE webhook = $1", webhook)
    }

    private func number(_ sql: String, _ parameter: String) async throws -> Int64 {
        try await file.transaction { transaction in
            try transaction.query(sql, [.text(parameter)]).first?.first?.integer ?? 0
        }
    }
}
