package import GodwitCore

package struct AttemptFilter: Hashable, Sendable {
    /// `MessageID.key` or `EndpointID.key`, whose attempts are listed.
    package enum Subject: Hashable, Sendable {
        case message(Int64)
        case endpoint(Int64)

        package var key: Int64 {
            switch self {
            case .message(let key), .endpoint(let key): key
            }
        }
    }

    package var subject: Subject
    /// Only of this endpoint, for a list by message.
    package var endpoint: Int64?
    package var status: AttemptStatus?
    /// 0 for attempts without a response, 100, 200, 300, 400 or 500.
    package var statusClass: Int?
    package var eventTypes: [String]?
    package var channel: String?
    package var tag: String?
    package var before: Instant?
    package var after: Instant?

    package init(subject: Subject) { self.subject = subject }
}

extension AttemptFilter {
    /// An attempt is written when it has ended, so none is pending.
    package var canMatch: Bool { status != .pending && status != .canceled }

    package var isOfMessage: Bool { if case .message = subject { true } else { false } }

    /// Of the messages that were attempted.
    package var messages: MessageFilter { MessageFilter(eventTypes: eventTypes, channel: channel, tag: tag) }

    /// Whether every attempt of that time passes.
    package var isNone: Bool {
        status == nil && statusClass == nil && messages.isNone && (endpoint == nil || !isOfMessage)
    }

    /// What a list is read by.
    package enum Source: Hashable, Sendable {
        case message
        case endpoint
        /// Those of the endpoint that did not succeed with a status of 2xx, which are few.
        case unusualOfEndpoint
    }

    package var source: Source {
        if isOfMessage { return .message }
        let asksForUnusual = status == .fail || status == .sending || statusClass.map { $0 != 200 } ?? false
        return asksForUnusual ? .unusualOfEndpoint : .endpoint
    }
}
