/// Every bound of this library, with its unit and what happens past it.
public enum ReceiverLimits {
    /// Bytes of a body, unless the options say otherwise. Past it: 413.
    public static let bodyBytes = 8 << 20
    /// Webhooks that are handled, or wait for a duplicate of theirs, at a time. Past it: 503 with `Retry-After`.
    public static let concurrentWebhooks = 256
    /// Seconds in `Retry-After` of a webhook that the receiver can't take now.
    public static let retryAfterSeconds = 1
    /// Bytes of a key by which duplicates are recognised. Past it: its SHA-256 digest stands for it.
    public static let keyBytes = 256
    /// Identifiers that the memory store remembers. Past it: the one that was completed longest ago is forgotten.
    public static let rememberedIDs = 1_000_000
    /// Days that a file remembers an identifier. Past it: a duplicate is processed again. Senders retry for days, people replay later.
    public static let retentionDays = 90
    /// Identifiers that are recorded between two searches for old ones.
    public static let recordsBetweenPrunes = 1000
    /// Old identifiers that are forgotten at a time, so that no webhook waits for long.
    public static let prunedAtOnce = 5000
    /// Webhooks whose effect has happened, but which the store couldn't record. Past it: 503 for new ones.
    public static let unrecordedWebhooks = 10_000
    /// Prepared statements that a file keeps. Past it all are prepared anew.
    public static let preparedStatements = 256
    /// Milliseconds to wait for another process that writes the same file. Past it: the store fails, and the answer is 503.
    public static let busyMilliseconds = 5000
    /// Webhooks in a durable inbox, unless the options say otherwise. Past it: 503.
    public static let inboxWebhooks = 1_000_000
    /// Failed attempts after which a webhook in the inbox is parked, unless the options say otherwise.
    public static let inboxAttempts = 20
    /// Seconds between two attempts at most; the first waits one second, and each next twice as long.
    public static let inboxBackoffSeconds: Int64 = 300
    /// Seconds that the inbox's worker waits at most until it looks for what is due, or asks a file again that has failed.
    public static let inboxPollSeconds = 1
    /// Addresses of `X-Forwarded-For` that are looked at. Past it: refused with 403.
    public static let forwardedAddresses = 64
    /// Items of a feed that are asked for at a time: what a server gives at most.
    public static let feedItems = 250
    /// Seconds that a feed is asked to wait for an item.
    public static let feedWaitSeconds = 30
    /// Seconds of silence after which a feed is asked how far it goes, unless the options say otherwise.
    public static let heartbeatSeconds = 60
    /// Seconds that a push which was overtaken is given, unless the options say otherwise.
    public static let gapPatienceSeconds = 2
    /// Seconds between two attempts to catch up at most; the first waits one second, and each next twice as long.
    public static let repairBackoffSeconds = 60
    /// Separate ranges of numbers above the cursor. Past it the highest is forgotten, and its webhooks are fetched again.
    public static let trackedRanges = 1024
    /// Ranges of numbers that are scheduled for later. Past it the two nearest become one, with the earlier time, and what is between
    /// them is fetched once more.
    public static let deferrals = 1024
    /// Items that fail in one attempt to catch up. Past it: the attempt has failed.
    public static let repairFailures = 100
    /// Webhooks after which the cursor is saved. What is lost of it by a crash is fetched again, and recognised by its identifier.
    public static let notesBetweenSaves = 100
    /// Seconds until a feed's server must have accepted a connection. Past it: the attempt has failed.
    public static let feedConnectSeconds = 10
    /// Seconds until a feed's answer must be there, besides those it was asked to wait, unless said otherwise. Past it: the attempt has failed.
    public static let feedAnswerSeconds = 15
    /// Bytes of a feed's answer. Past it: the attempt has failed.
    public static let feedAnswerBytes = 64 << 20
}
