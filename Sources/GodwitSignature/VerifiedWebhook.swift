package import GodwitCore

/// A webhook whose origin was checked. Only the verifiers of this library make one, so a function that takes it can't be handed
/// anything else.
public struct VerifiedWebhook: Hashable, Sendable {
    /// Who sent it.
    public let provider: Provider
    /// What the check proved. Never `unverified`.
    public let grade: TrustGrade
    /// When this attempt was made, in seconds since 1970, by the sender's signed word; nil where its scheme says nothing.
    public let timestampSeconds: Int64?
    /// The bytes that were checked.
    public let body: [UInt8]

    /// Where the identifier and the event type stand: read when they are asked for, not for every webhook.
    private let idPlace: NamedValue
    private let eventTypePlace: NamedValue

    package init(
        provider: Provider, grade: TrustGrade, timestampSeconds: Int64?, body: [UInt8], id: NamedValue,
        eventType: NamedValue
    ) {
        self.provider = provider
        self.grade = grade
        self.timestampSeconds = timestampSeconds
        self.body = body
        idPlace = id
        eventTypePlace = eventType
    }

    /// Tells whether the webhook came before: the sender's own identifier, the same for every attempt. Where the sender has none:
    /// `sha256:` and the digest of the body in hex. Parses the body in schemes that keep the identifier there; keep the result.
    public var id: String { providerID ?? "sha256:" + Digests.sha256Hex(body) }

    /// The sender's own identifier; nil where it has none.
    public var providerID: String? { idPlace.text(in: body) }

    /// The event's type as the sender names it (`X-GitHub-Event`, `type`…), or nil. May parse the body.
    public var eventType: String? { eventTypePlace.text(in: body) }
}

/// A value that is known, or stands somewhere in the body.
package enum NamedValue: Hashable, Sendable {
    case none
    case known(String)
    case json([JSONPointer])

    package func text(in body: [UInt8]) -> String? {
        switch self {
        case .none: nil
        case .known(let text): text
        case .json(let pointers): pointers.lazy.compactMap { $0.text(in: body) }.first { !$0.isEmpty }
        }
    }
}

/// A webhook whose sender gives nothing to check. It isn't a `VerifiedWebhook`, so it can't reach a handler of those.
public struct UnverifiedWebhook: Hashable, Sendable {
    /// Who seems to have sent it.
    public let provider: Provider
    /// The body, of which nothing may be believed.
    public let body: [UInt8]
    /// What to ask the sender instead, for people: `GET /v1/payments/{paymentKey}`.
    public let refetch: String
    /// To recognise a webhook that came before; anyone may have made it up.
    public let claimedID: String?
    /// The event's type, as it claims to be.
    public let claimedEventType: String?
}

/// What a verifier found about a webhook that it doesn't refuse.
public enum WebhookJudgement: Hashable, Sendable {
    /// Its origin is proved.
    case verified(VerifiedWebhook)
    /// Its scheme proves nothing: refetch.
    case unverified(UnverifiedWebhook)

    /// `unverified` for what is not verified.
    public var grade: TrustGrade {
        switch self {
        case .verified(let webhook): webhook.grade
        case .unverified: .unverified
        }
    }
}
