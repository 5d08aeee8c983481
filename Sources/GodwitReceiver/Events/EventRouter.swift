import GodwitCore
public import GodwitSignature

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Gives each event to the handler of its type, decoded.
///
/// ```swift
/// let router = EventRouter()
///     .on("invoice.paid", as: EventEnvelope<Invoice>.self) { event, _ in try await book(event.data) }
///     .otherwise { webhook in log(webhook.eventType) }
/// let receiver = WebhookReceiver(verifier: verifier, deduplication: store, handler: router.handle)
/// ```
public struct EventRouter: Sendable {
    private var routes: [String: WebhookReceiver.Handler] = [:]
    private var fallback: WebhookReceiver.Handler?

    /// Without handlers: every event is accepted and ignored, so that a sender's new types do no harm.
    public init() {}

    /// Adds the handler of a type; the last one of the same type counts.
    ///
    /// A body that can't be decoded is answered with 422 and never reaches the handler; the answer tells which key, no value. A
    /// `Date` is read from RFC 3339 text, or from a number of seconds since 1970.
    public func on<Event: Decodable & Sendable>(
        _ eventType: String, as type: Event.Type,
        perform handler: @escaping @Sendable (Event, VerifiedWebhook) async throws -> Void
    ) -> EventRouter {
        var router = self
        router.routes[eventType] = { webhook in
            let event: Event
            do {
                event = try Self.decoder().decode(Event.self, from: Data(webhook.body))
            } catch let error as DecodingError {
                throw WebhookRejection.unprocessable("\(eventType): \(error.place)")
            }
            try await handler(event, webhook)
        }
        return router
    }

    private static func decoder() -> JSONDecoder {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .custom { decoder in
            let container = try decoder.singleValueContainer()
            if let seconds = try? container.decode(Double.self) { return Date(timeIntervalSince1970: seconds) }
            guard let instant = RFC3339.parse(try container.decode(String.self)) else {
                throw DecodingError.typeMismatch(
                    Date.self, .init(codingPath: decoder.codingPath, debugDescription: "no time of RFC 3339"))
            }
            return Date(timeIntervalSince1970: Double(instant.millisecondsSince1970) / 1000)
        }
        return decoder
    }

    /// For types that no handler was given for, and for webhooks without a type.
    public func otherwise(_ handler: @escaping WebhookReceiver.Handler) -> EventRouter {
        var router = self
        router.fallback = handler
        return router
    }

    /// The receiver's handler.
    public func handle(_ webhook: VerifiedWebhook) async throws {
        if let eventType = webhook.eventType, let route = routes[eventType] {
            try await route(webhook)
        } else {
            try await fallback?(webhook)
        }
    }
}

/// The payload that Standard Webhooks recommends: `{"type": "…", "timestamp": "…", "data": {…}}`.
public struct EventEnvelope<Payload: Decodable & Sendable>: Decodable, Sendable {
    /// The event's type.
    public let type: String
    /// When it happened, ISO 8601.
    public let timestamp: String?
    /// What happened.
    public let data: Payload
}

extension DecodingError {
    /// Where, and what is wrong there; no values.
    fileprivate var place: String {
        func path(_ context: Context, _ last: (any CodingKey)? = nil) -> String {
            (context.codingPath + (last.map { [$0] } ?? [])).map(\.stringValue).joined(separator: ".")
        }
        return switch self {
        case .keyNotFound(let key, let context): "“\(path(context, key))” is missing"
        case .typeMismatch(_, let context): "“\(path(context))” is of another type"
        case .valueNotFound(_, let context): "“\(path(context))” is null"
        case .dataCorrupted: "the body can't be read"
        @unknown default: "the body can't be read"
        }
    }
}
