/// What an attempt's outcome means for its delivery.
package enum AttemptVerdict: Hashable, Sendable {
    case delivered
    /// Try again, and not before `minimumDelay`, which the receiver may have asked for.
    case retry(minimumDelay: Duration)
    /// As `retry`; and until then nothing else is sent to the endpoint either.
    case slowDown(minimumDelay: Duration)
    /// No further attempt of this delivery; the endpoint has nothing to do with it.
    case stop
    /// The receiver is gone for good: no further attempt, and its endpoint is disabled.
    case gone
}

/// What a status means. The raw values are the API's.
package enum StatusMeaning: String, Hashable, Sendable, CaseIterable {
    case delivered
    case retry
    case slowDown = "slow-down"
    case stop
    case disable
}

/// Which answer means what, for one endpoint.
///
/// The endpoint's own rules are asked in their order, the first that names the status decides. Then:
///
/// | answer                         | meaning                                                              |
/// |--------------------------------|----------------------------------------------------------------------|
/// | 200…299                        | delivered                                                            |
/// | 410                            | gone: the delivery is a dead letter, the endpoint is disabled        |
/// | 429, 503                       | slow down: retry, and nothing else is sent before `Retry-After`      |
/// | any other status, also 3xx     | retry, not before `Retry-After` (at most `retryAfterMax`)            |
/// | no whole response              | retry                                                                |
///
/// The header `webhook-delivery: stop|retry` of an answer that isn't `delivered` wins over all of them, unless the endpoint
/// doesn't let its receiver decide.
package struct ResponseContract: Hashable, Sendable {
    package struct Rule: Hashable, Sendable {
        package let statuses: ClosedRange<UInt16>
        package let meaning: StatusMeaning

        package init(_ statuses: ClosedRange<UInt16>, _ meaning: StatusMeaning) {
            self.statuses = statuses
            self.meaning = meaning
        }
    }

    package var rules: [Rule]
    /// Whether the receiver's `webhook-delivery` header counts.
    package var honoursDirective: Bool
    /// Bytes of a response body that are kept with the attempt: 0...`Limits.responseBodyBytesKeptMax`
    package var bodyBytesKept: Int

    package init(
        rules: [Rule] = [], honoursDirective: Bool = true, bodyBytesKept: Int = Limits.responseBodyBytesKept
    ) {
        self.rules = rules
        self.honoursDirective = honoursDirective
        self.bodyBytesKept = bodyBytesKept
    }

    package static let standard = ResponseContract()

    /// A receiver can put us off for a day at most, however far its `Retry-After` lies.
    package static let retryAfterMax: Duration = .seconds(86_400)

    package func verdict(on outcome: AttemptOutcome, at now: Instant) -> AttemptVerdict {
        guard case .responded(let response) = outcome else { return .retry(minimumDelay: .zero) }
        let meaning = meaning(of: response.status)
        let asked = min(response.retryAfter?.delay(from: now) ?? .zero, Self.retryAfterMax)
        if meaning != .delivered, honoursDirective, let directive = response.directive {
            switch directive {
            case .stop: return .stop
            case .retry: return meaning == .slowDown ? .slowDown(minimumDelay: asked) : .retry(minimumDelay: asked)
            }
        }
        switch meaning {
        case .delivered: return .delivered
        case .retry: return .retry(minimumDelay: asked)
        case .slowDown: return .slowDown(minimumDelay: asked)
        case .stop: return .stop
        case .disable: return .gone
        }
    }

    package func meaning(of status: UInt16) -> StatusMeaning {
        if let rule = rules.first(where: { $0.statuses.contains(status) }) { return rule.meaning }
        return switch status {
        case 200...299: .delivered
        case 410: .disable
        case 429, 503: .slowDown
        default: .retry
        }
    }
}
