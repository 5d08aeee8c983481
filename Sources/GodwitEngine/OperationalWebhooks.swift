import GodwitCore
import GodwitStore
import Logging

/// Something about an organization's own deliveries that it wants to know.
enum OperationalEvent: Sendable {
    /// Through the API.
    case changed(endpoint: Int64, Change)
    /// The endpoint will be disabled if it goes on failing.
    case failing(endpoint: Int64, since: Instant, disabledAt: Instant)
    case disabled(endpoint: Int64, Disablement)
    case attempted(HeldDelivery, AttemptRecord, Attempt)

    enum Change: Sendable { case created, updated, deleted, enabled }

    enum Attempt: Sendable {
        /// Will be tried again.
        case failing
        case recovered
        /// The delivery became a dead letter.
        case exhausted
    }

    var type: OperationalEventType {
        switch self {
        case .failing: .endpointFailing
        case .disabled: .endpointDisabled
        case .changed(_, .created): .endpointCreated
        case .changed(_, .updated): .endpointUpdated
        case .changed(_, .deleted): .endpointDeleted
        case .changed(_, .enabled): .endpointEnabled
        case .attempted(_, _, .failing): .attemptFailing
        case .attempted(_, _, .recovered): .attemptRecovered
        case .attempted(_, _, .exhausted): .attemptExhausted
        }
    }

    var endpoint: Int64 {
        switch self {
        case .failing(let endpoint, _, _), .disabled(let endpoint, _), .changed(let endpoint, _): endpoint
        case .attempted(let delivery, _, _): delivery.endpoint
        }
    }
}

extension OperationalEvent {
    /// What is worth telling about an attempt; nil for most.
    init?(_ delivery: HeldDelivery, _ record: AttemptRecord, isExhausted: Bool) {
        if isExhausted {
            self = .attempted(delivery, record, .exhausted)
        } else if record.succeeded, record.number > Limits.attemptsUntilFailing {
            self = .attempted(delivery, record, .recovered)
        } else if !record.succeeded, record.number == Limits.attemptsUntilFailing, record.nextAttempt != nil {
            self = .attempted(delivery, record, .failing)
        } else {
            return nil
        }
    }

    /// What is worth telling about an endpoint that was changed through the API.
    static func of(_ former: Endpoint, _ changed: Endpoint) -> [OperationalEvent] {
        let key = changed.id.key
        var events = [OperationalEvent.changed(endpoint: key, .updated)]
        switch (former.disabled, changed.disabled) {
        case (true, false): events.append(.changed(endpoint: key, .enabled))
        case (false, true):
            let disablement = changed.disablement ?? Disablement(at: changed.updatedAt, reason: .byHand)
            events.append(.disabled(endpoint: key, disablement))
        case (true, true), (false, false): break
        }
        return events
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
                    writer.field("trigger", disablement.reason == .byHand ? "manual" : "automatic")
                case .changed: break
                case .attempted(let delivery, let attempt, _):
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
