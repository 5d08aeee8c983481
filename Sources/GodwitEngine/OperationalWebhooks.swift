import GodwitCore
import GodwitStore
import Logging

/// Something about an organization's own deliveries that it wants to know.
enum OperationalEvent: Sendable {
    /// The endpoint will be disabled if it goes on failing.
    case failing(endpoint: Int64, since: Instant, disabledAt: Instant)
    case disabled(endpoint: Int64, Disablement)
    /// A delivery became a dead letter.
    case exhausted(HeldDelivery, attempt: AttemptRecord)

    var type: OperationalEventType {
        switch self {
        case .failing: .endpointFailing
        case .disabled: .endpointDisabled
        case .exhausted: .attemptExhausted
        }
    }

    var endpoint: Int64 {
        switch self {
        case .failing(let endpoint, _, _), .disabled(let endpoint, _): endpoint
        case .exhausted(let delivery, _): delivery.endpoint
        }
    }
}

extension DeliveryEngine {
    /// Publishes it like any message, to the endpoints that the organization registered for such. What can't be stored now is
    /// not told: it must not pile up while the store is in trouble.
    func tell(_ event: OperationalEvent) {
        guard let endpoint = catalogue.endpoint(event.endpoint)?.endpoint,
            let application = catalogue.application(endpoint.application)?.application,
            let owner = catalogue.application(application.organization.operational, application.organization.rawValue),
            !owner.endpoints.isEmpty
        else { return }
        let request = PublishRequest(
            application: owner, eventType: event.type.rawValue, eventID: nil, channels: [], tags: [],
            payload: event.payload(endpoint, application), payloadRetention: Self.operationalRetention, idempotency: nil)
        publish(request, on: shards[0].eventLoop) { [logger] outcome in
            if case .accepted = outcome { return }
            logger.warning("operational webhook not published", metadata: ["event.type": "\(event.type.rawValue)"])
        }
    }

    private static let operationalRetention: Duration = .seconds(30 * 86_400)
}

extension OperationalEvent {
    fileprivate func payload(_ endpoint: Endpoint, _ application: Application) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.field("type", type.rawValue)
            writer.object("data") { writer in
                writer.field("appId", application.id)
                writer.field("appUid", application.uid)
                writer.field("endpointId", endpoint.id)
                writer.field("endpointUid", endpoint.uid)
                switch self {
                case .failing(_, let since, let disabledAt):
                    writer.field("failSince", since)
                    writer.field("disableAt", disabledAt)
                case .disabled(_, let disablement):
                    writer.field("disabledAt", disablement.at)
                    writer.field("reason", disablement.reason.rawValue)
                    writer.field("failSince", endpoint.failing?.since)
                    writer.field("trigger", "automatic")
                case .exhausted(let delivery, let attempt):
                    writer.field("msgId", delivery.message.id)
                    writer.field("msgEventId", delivery.message.eventID)
                    writer.object("lastAttempt") { writer in
                        writer.field("id", attempt.id)
                        writer.field("responseStatusCode", attempt.outcome.status)
                        writer.field("timestamp", attempt.startedAt)
                    }
                }
            }
        }
        return writer.finish()
    }
}

extension AttemptOutcome {
    /// 0 when there was no response.
    fileprivate var status: UInt16 {
        if case .responded(let response) = self { response.status } else { 0 }
    }
}
