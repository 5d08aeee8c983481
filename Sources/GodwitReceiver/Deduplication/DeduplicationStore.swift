public import GodwitSignature

/// Remembers which webhooks were processed. Make your own for Redis or your database; see `ProcessedWebhooks` for its table.
///
/// Calls for one key never overlap within a process: the receiver lets a concurrent duplicate wait for the first.
public protocol DeduplicationStore: Sendable {
    /// Claims a key, atomically: of two callers at once only one gets `first`.
    func begin(_ key: String) async throws -> DeduplicationClaim
    /// The claimed webhook was processed: from now on `begin` says `processed`. Also for a key that is recorded already.
    func complete(_ key: String) async throws
    /// Its processing has failed: the next `begin` says `first`.
    func abandon(_ key: String) async throws
}

/// What a store knows about a key.
public enum DeduplicationClaim: Hashable, Sendable {
    /// Process it, then call `complete` or `abandon`.
    case first
    /// It was processed before.
    case processed
    /// Another process has claimed it.
    case inProgress
}

extension VerifiedWebhook {
    /// What it is recognised by: the provider and its identifier, so that one store serves several providers. At most
    /// `ReceiverLimits.keyBytes` bytes.
    public var deduplicationKey: String {
        let key = "\(provider.rawValue)/\(id)"
        return key.utf8.count <= ReceiverLimits.keyBytes
            ? key : "\(provider.rawValue)/sha256:\(Digests.sha256Hex(Array(key.utf8)))"
    }
}
