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
    case taskFinished(OrganizationID, TaskReport)

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
        case .taskFinished: .taskFinished
        }
    }

    /// What it is about; nil when that is the organization.
    var endpoint: Int64? {
        switch self {
        case .taskFinished: nil
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
        let payload: [UInt8]
        let organization: OrganizationID
        if case .taskFinished(let owner, let report) = event {
            organization = owner
            payload = event.payload { report.writeFinished(to: &$0) }
        } else {
            guard let key = event.endpoint, let endpoint = catalogue.endpoint(key)?.endpoint,
                let application = catalogue.application(endpoint.application)?.application
            else { return }
            organization = application.organization
            payload = event.payload { event.writeData(endpoint, application, to: &$0) }
        }
        guard let owner = operationalApplication(organization), !owner.endpoints.isEmpty else { return }
        let request = PublishRequest(
            application: owner, eventType: event.type.rawValue, eventID: nil, channels: [], tags: [],
            payload: payload, payloadRetention: Self.operationalRetention, idempotency: nil)
        publish(request, on: shards[0].eventLoop) { [logger] outcome in
            if case .accepted = outcome { return }
            logger.warning("operational webhook not published", metadata: ["event.type": "\(event.type.rawValue)"])
        }
    }

    func hasOperationalEndpoints(_ organization: OrganizationID) -> Bool {
        operationalApplication(organization).map { !$0.endpoints.isEmpty } ?? false
    }

    private func operationalApplication(_ organization: OrganizationID) -> CatalogueApplication? {
        catalogue.application(organization.operational, organization.rawValue)
    }

    private static let operationalRetention: Duration = .seconds(30 * 86_400)
}

extension OperationalEvent {
    fileprivate func payload(_ data: (inout JSONWriter) -> Void) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.field("type", type.rawValue)
            writer.object("data", data)
        }
        return writer.finish()
    }

    fileprivate func writeData(_ endpoint: Endpoint, _ application: Application, to writer: inout JSONWriter) {
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
        case .changed, .taskFinished: break
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

extension TaskReport {
    fileprivate func writeFinished(to writer: inout JSONWriter) {
        writer.field("taskId", id)
        writer.field("task", kind)
        writer.field("status", status.rawValue)
        writer.object("data") { writeData(to: &$0) }
    }
}

extension AttemptOutcome {
    /// 0 when there was no response.
    fileprivate var status: UInt16 {
        if case .responded(let response) = self { response.status } else { 0 }
    }
}
