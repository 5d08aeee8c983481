public import GodwitSignature

/// Acknowledge fast, work later: a webhook is on the disk before it is answered, and a worker handles it after that.
///
/// ```swift
/// let inbox = DurableInbox(file: file) { webhook in try await slowWork(webhook) }
/// let receiver = WebhookReceiver(verifier: verifier, deduplication: file.deduplication, handler: inbox.deposit)
/// async let work: Void = inbox.run()
/// ```
/// The worker's handler runs at least once for each: after a crash, again for the one it was at. Use `processOnce` with your own
/// table, or `ReceiverFile.transaction`, where that matters.
public final class DurableInbox: Sendable {
    /// How the worker goes on.
    public struct Options: Sendable {
        /// Strictly in the order of arrival: one that fails holds up the rest until it succeeds or is parked.
        public var keepsOrder = false
        /// Webhooks that may lie in the inbox, without parked ones. Past it: 503.
        public var capacity = ReceiverLimits.inboxWebhooks
        /// Failed attempts after which one is parked.
        public var maxAttempts = ReceiverLimits.inboxAttempts
        /// Hears of each failed attempt.
        public var onFailure: (@Sendable (VerifiedWebhook, any Error, _ isParked: Bool) -> Void)?
        /// Hears that the file can't be read or written; `run` tries again.
        public var onFileFailure: (@Sendable (any Error) -> Void)?

        /// The defaults.
        public init() {}
    }

    let file: ReceiverFile
    private let options: Options
    private let handler: WebhookReceiver.Handler
    private let arrival = Wake()

    /// - Parameter handler: what `run` does with each webhook.
    public init(file: ReceiverFile, options: Options = Options(), handler: @escaping WebhookReceiver.Handler) {
        self.file = file
        self.options = options
        self.handler = handler
    }

    /// The receiver's handler: stores the webhook and records its identifier, as one.
    public func deposit(_ webhook: VerifiedWebhook) async throws {
        let capacity = options.capacity
        let key = webhook.deduplicationKey
        let (id, eventType) = (webhook.id, webhook.eventType)
        try await file.transaction { transaction in
            guard try transaction.waiting() < capacity else {
                throw WebhookRejection.retryLater(afterSeconds: ReceiverLimits.retryAfterSeconds)
            }
            guard try transaction.record(key) else { return }
            try transaction.deposit(webhook, id: id, eventType: eventType)
        }
        arrival.set()
    }

    /// Works until the task is cancelled. One at a time: run it once for each inbox.
    public func run() async throws {
        while !Task.isCancelled {
            do {
                if let entry = try await next() {
                    try await handle(entry)
                    continue
                }
            } catch {
                // A full disk is no reason to never work again.
                if !Task.isCancelled { options.onFileFailure?(error) }
            }
            // One whose next attempt is due makes no noise.
            _ = await arrival.wait(seconds: ReceiverLimits.inboxPollSeconds)
        }
    }

    /// Handles all that is due now, for those who have their own schedule.
    public func drain() async throws {
        while let entry = try await next() { try await handle(entry) }
    }

    /// How many wait, and how many were given up.
    public func counts() async throws -> (waiting: Int, parked: Int) {
        try await file.read { transaction in (try transaction.waiting(), try transaction.parked()) }
    }

    /// Gives parked webhooks a fresh start.
    public func unpark() async throws {
        try await file.transaction { transaction in
            _ = try transaction.run("UPDATE webhook_inbox SET parked = 0, attempts = 0, due = 0 WHERE parked = 1")
        }
        arrival.set()
    }

    private func next() async throws -> InboxEntry? {
        let keepsOrder = options.keepsOrder
        return try await file.read { transaction in try transaction.next(keepsOrder: keepsOrder) }
    }

    private func handle(_ entry: InboxEntry) async throws {
        do {
            try await handler(entry.webhook)
        } catch {
            // Whoever stops the worker hasn't made the webhook fail.
            if error is CancellationError, Task.isCancelled { return }
            let isParked = entry.attempts + 1 >= options.maxAttempts
            try await uncancelled { [file] in
                try await file.transaction { transaction in try transaction.postpone(entry, isParked: isParked) }
            }
            options.onFailure?(entry.webhook, error, isParked)
            return
        }
        try await uncancelled { [file] in
            try await file.transaction { transaction in
                _ = try transaction.run("DELETE FROM webhook_inbox WHERE number = $1", [.integer(entry.number)])
            }
        }
    }
}
