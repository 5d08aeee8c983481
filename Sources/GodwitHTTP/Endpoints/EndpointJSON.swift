import GodwitCore
import GodwitSignature

/// Body of POST and PUT.
struct EndpointIn: Sendable {
    let mode: DeliveryMode
    /// Normalised.
    let url: String
    let description: String
    let uid: Field<String>
    let disabled: Bool
    let eventTypes: [String]?
    let channels: [String]?
    let metadata: StringMap
    let headers: Field<StringMap>
    let throttleRate: Int?
    let secret: SigningSecret?

    init(_ reader: inout JSONReader, policy: TargetPolicy) {
        // A caller that doesn't know the mode gives the URL back that it was shown.
        let urlIsOfPull = reader.field("url", .raw).value == Array("\"\(EndpointOut.urlOfPull)\"".utf8)
        mode = reader.optional("mode", .deliveryMode) ?? (urlIsOfPull ? .pull : .push)
        // What nothing is pushed to needs no URL. One that is given is kept for the day when it is.
        let isOptional = mode == .pull && (urlIsOfPull || !reader.field("url", .raw).isPresent)
        url = isOptional ? EndpointOut.urlOfPull : reader.required("url", .webhookURL(policy))
        description = reader.optional("description", .description) ?? ""
        uid = reader.field("uid", .uid(of: EndpointKind.self))
        disabled = reader.optional("disabled", .bool) ?? false
        eventTypes = reader.eventTypes().value
        channels = reader.channels().value
        metadata = reader.optional("metadata", .metadata) ?? .init()
        headers = reader.field("headers", .headers)
        throttleRate = reader.throttleRate().value
        secret = reader.optional("secret", .signingSecret) ?? nil
        reader.checkVersion()
    }

    /// Everything but the uid and the secret. Headers that aren't mentioned stay: they have an operation of their own.
    func replace(_ endpoint: inout Endpoint, at now: Instant) {
        endpoint.mode = mode
        endpoint.url = url
        endpoint.description = description
        endpoint.setDisabled(disabled, at: now)
        endpoint.policy.rateLimit.perSecond = throttleRate
        endpoint.eventTypes = eventTypes
        endpoint.channels = channels
        endpoint.metadata = metadata
        if headers.isPresent { endpoint.headers = headers.value ?? .init() }
    }
}

struct EndpointPatch: Sendable {
    let mode: DeliveryMode?
    let url: String?
    let description: String?
    let uid: Field<String>
    let disabled: Bool?
    let eventTypes: Field<[String]>
    let channels: Field<[String]>
    let metadata: Field<StringMap>
    let throttleRate: Field<Int>

    init(_ reader: inout JSONReader, policy: TargetPolicy) {
        mode = reader.optional("mode", .deliveryMode)
        url = reader.optional("url", .webhookURL(policy))
        description = reader.optional("description", .description)
        uid = reader.field("uid", .uid(of: EndpointKind.self))
        disabled = reader.optional("disabled", .bool)
        eventTypes = reader.eventTypes()
        channels = reader.channels()
        metadata = reader.field("metadata", .metadata)
        throttleRate = reader.throttleRate()
        reader.refuse("secret", "headers")
        reader.checkVersion()
    }

    func apply(to endpoint: inout Endpoint, at now: Instant) {
        if let mode { endpoint.mode = mode }
        if let url { endpoint.url = url }
        if let description { endpoint.description = description }
        uid.apply(to: &endpoint.uid)
        if let disabled { endpoint.setDisabled(disabled, at: now) }
        throttleRate.apply(to: &endpoint.policy.rateLimit.perSecond)
        eventTypes.apply(to: &endpoint.eventTypes)
        channels.apply(to: &endpoint.channels)
        if metadata.isPresent { endpoint.metadata = metadata.value ?? .init() }
    }
}

extension Endpoint {
    /// Through the API. What is disabled already stays so since when and for what reason it was.
    fileprivate mutating func setDisabled(_ disabled: Bool, at now: Instant) {
        guard disabled != self.disabled else { return }
        self.disabled = disabled
        if disabled { disablement = Disablement(at: now, reason: .byHand) } else { failing = nil }
    }
}

extension JSONReader {
    /// `filterTypes` is the field's former name.
    fileprivate mutating func eventTypes() -> Field<[String]> {
        let limit = Limits.requestItems
        let eventTypes = set("eventTypes", of: .name, atMost: limit)
        return eventTypes.isPresent ? eventTypes : set("filterTypes", of: .name, atMost: limit)
    }

    fileprivate mutating func channels() -> Field<[String]> { set("channels", of: .channel, atMost: Limits.channels) }

    /// Payloads have one form, which is version 1.
    fileprivate mutating func checkVersion() { _ = optional("version", .int(in: 1...1)) }
}

extension JSONShape where Value == DeliveryMode {
    fileprivate static var deliveryMode: Self {
        JSONShape<String>.string.converted(placeholder: .push) { text in
            DeliveryMode(rawValue: text).map { .accepted($0) } ?? .refused("expected push or pull")
        }
    }
}

struct EndpointOut: JSONWritable {
    /// SDKs want some URL.
    static let urlOfPull = "urn:godwit:pull"

    let endpoint: Endpoint

    init(_ endpoint: Endpoint) { self.endpoint = endpoint }

    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.field("id", endpoint.id)
            writer.field("uid", endpoint.uid)
            writer.field("url", endpoint.url)
            writer.field("description", endpoint.description)
            writer.field("version", 1)
            writer.field("disabled", endpoint.disabled)
            writer.field("eventTypes", endpoint.eventTypes)
            writer.field("filterTypes", endpoint.eventTypes)
            writer.field("channels", endpoint.channels)
            writer.field("rateLimit", endpoint.policy.rateLimit.throttleRate)
            writer.field("throttleRate", endpoint.policy.rateLimit.throttleRate)
            writer.field("metadata", endpoint.metadata)
            writer.field("createdAt", endpoint.createdAt)
            writer.field("updatedAt", endpoint.updatedAt)
            // Beside what the SDKs read.
            writer.field("mode", endpoint.mode.rawValue)
            writer.field("disabledAt", endpoint.disablement?.at)
            writer.field("disabledReason", endpoint.disablement?.reason.rawValue)
            writer.field("failingSince", endpoint.failing?.since)
        }
    }
}
