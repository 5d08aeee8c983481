public import GodwitSignature

/// What an adapter for a web framework needs to know: a `WebhookReceiver`, or a `GapRepair` in front of one.
public protocol WebhookReceiving: Sendable {
    /// Bytes of a body that an adapter need read: with one more the answer is 413.
    var maxBodyBytes: Int { get }
    /// - Parameter peer: the address of the connection's other end, without a port; nil where sources aren't restricted.
    func receive(_ request: WebhookRequest, peer: String?) async -> WebhookResponse
}

extension WebhookReceiver: WebhookReceiving {}
extension GapRepair: WebhookReceiving {}
