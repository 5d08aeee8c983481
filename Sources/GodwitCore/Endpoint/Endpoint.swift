/// A URL that was registered for an application's messages, with what it wants and how it is signed.
package struct Endpoint: Hashable, Sendable {
    package let id: EndpointID
    /// `Application.id.key`
    package let application: Int64
    package var uid: String?
    package var mode: DeliveryMode
    /// Normalised; see `WebhookURL`. Without a meaning when nothing is pushed.
    package var url: String
    package var description: String
    package var disabled: Bool {
        didSet { if disabled != oldValue { disablement = nil } }
    }
    /// Since when and why it is disabled; nil while it is enabled, and for endpoints that were disabled before this was kept.
    package var disablement: Disablement?
    /// Since when every attempt has failed, and whether its owner was told that it will be disabled; nil after a success.
    package var failing: FailingSpan?
    package var policy: DeliveryPolicy
    /// Event types it wants; nil for all.
    package var eventTypes: [String]?
    /// Channels it listens to; nil for all messages, with or without a channel.
    package var channels: [String]?
    package var metadata: StringMap
    /// Custom request headers. Validated when they are set, never when they are sent.
    package var headers: StringMap
    /// The current secret first, then those that are still accepted after a rotation.
    package var secrets: [EndpointSecret]
    package let createdAt: Instant
    package var updatedAt: Instant

    package init(
        id: EndpointID, application: Int64, uid: String? = nil, mode: DeliveryMode = .push, url: String,
        description: String = "", disabled: Bool = false,
        disablement: Disablement? = nil, failing: FailingSpan? = nil, policy: DeliveryPolicy = .standard,
        eventTypes: [String]? = nil, channels: [String]? = nil, metadata: StringMap = .init(), headers: StringMap = .init(),
        secrets: [EndpointSecret], createdAt: Instant, updatedAt: Instant
    ) {
        self.id = id
        self.application = application
        self.uid = uid
        self.mode = mode
        self.url = url
        self.description = description
        self.disabled = disabled
        self.disablement = disablement
        self.failing = failing
        self.policy = policy
        self.eventTypes = eventTypes
        self.channels = channels
        self.metadata = metadata
        self.headers = headers
        self.secrets = secrets
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }

    package var subscription: Subscription {
        Subscription(disabled: disabled, disablement: disablement, eventTypes: eventTypes, channels: channels)
    }

    /// Whether a message of this type and these channels is for this endpoint. A message without channels is not for an
    /// endpoint that listens to channels.
    package func wants(eventType: String, channels messageChannels: [String]) -> Bool {
        // Asked for every endpoint of every message: nothing is filtered at most of them.
        if !disabled, eventTypes == nil, channels == nil { return true }
        return subscription.refusal(eventType: eventType, channels: messageChannels) == nil
    }
}

/// How messages get to an endpoint.
package enum DeliveryMode: String, Hashable, Sendable, CaseIterable {
    /// They are sent to its URL; its feed can be read beside that.
    case push
    /// They wait in its feed until a consumer acknowledges them.
    case pull
}

/// How an endpoint came to be disabled.
package struct Disablement: Hashable, Sendable {
    package let at: Instant
    package let reason: Reason

    package enum Reason: String, Hashable, Sendable, CaseIterable {
        /// Through the API.
        case byHand = "by_hand"
        /// Its receiver answered that it is gone.
        case gone
        /// It did nothing but fail for too long.
        case failing
    }

    package init(at: Instant, reason: Reason) {
        self.at = at
        self.reason = reason
    }
}

/// A span of nothing but failure.
package struct FailingSpan: Hashable, Sendable {
    package let since: Instant
    /// Its owner was told, by an operational webhook, that it will be disabled.
    package var isAnnounced: Bool

    package init(since: Instant, isAnnounced: Bool = false) {
        self.since = since
        self.isAnnounced = isAnnounced
    }
}

/// What an endpoint wanted until some moment: kept so that it can be told why it got a message then, or didn't.
package struct Subscription: Hashable, Sendable {
    package let disablement: Disablement?
    package let disabled: Bool
    package let eventTypes: [String]?
    package let channels: [String]?

    package init(disabled: Bool, disablement: Disablement?, eventTypes: [String]?, channels: [String]?) {
        self.disabled = disabled
        self.disablement = disablement
        self.eventTypes = eventTypes
        self.channels = channels
    }

    /// Why a message isn't for it; nil when it is.
    package func refusal(eventType: String, channels messageChannels: [String]) -> Refusal? {
        if disabled { return .disabled }
        if let eventTypes, !eventTypes.contains(eventType) { return .eventType }
        if let channels, !messageChannels.contains(where: channels.contains) { return .channel }
        return nil
    }

    package enum Refusal: String, Hashable, Sendable {
        case disabled
        case eventType = "event_type"
        case channel
    }
}

/// A signing secret as it is stored, and until when it is used beside a newer one.
package struct EndpointSecret: Hashable, Sendable, CustomStringConvertible {
    /// `whsec_…` or `whsk_…`
    package let wireText: String
    /// nil for the current secret.
    package var expiresAt: Instant?

    package init(wireText: String, expiresAt: Instant? = nil) {
        self.wireText = wireText
        self.expiresAt = expiresAt
    }

    package var description: String { "EndpointSecret(redacted)" }
}
