/// A URL that was registered for an application's messages, with what it wants and how it is signed.
package struct Endpoint: Hashable, Sendable {
    package let id: EndpointID
    /// `Application.id.key`
    package let application: Int64
    package var uid: String?
    /// Normalised; see `WebhookURL`.
    package var url: String
    package var description: String
    package var disabled: Bool
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
        id: EndpointID, application: Int64, uid: String? = nil, url: String, description: String = "", disabled: Bool = false,
        eventTypes: [String]? = nil, channels: [String]? = nil, metadata: StringMap = .init(), headers: StringMap = .init(),
        secrets: [EndpointSecret], createdAt: Instant, updatedAt: Instant
    ) {
        self.id = id
        self.application = application
        self.uid = uid
        self.url = url
        self.description = description
        self.disabled = disabled
        self.eventTypes = eventTypes
        self.channels = channels
        self.metadata = metadata
        self.headers = headers
        self.secrets = secrets
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }

    /// Whether a message of this type and these channels is for this endpoint. A message without channels is not for an
    /// endpoint that listens to channels.
    package func wants(eventType: String, channels messageChannels: [String]) -> Bool {
        if disabled { return false }
        if let eventTypes, !eventTypes.contains(eventType) { return false }
        if let channels, !messageChannels.contains(where: channels.contains) { return false }
        return true
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
