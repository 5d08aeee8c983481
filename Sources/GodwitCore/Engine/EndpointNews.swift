/// What a node has learnt of an endpoint that others send to as well, so that not each of them has to learn it. In spans, because
/// their clocks may differ.
package enum EndpointNews: Hashable, Sendable {
    /// The receiver asked to be left alone for so long.
    case paused(Duration)
    /// The breaker opened for so long.
    case opened(Duration)
    /// It answers again.
    case answers
}

extension DeliveryEngineCore {
    /// Only what lasts until others hear of it. Whether there are any, we may not have heard yet.
    func spread(_ news: EndpointNews, of lane: Lane, _ effects: inout [Effect]) {
        switch news {
        case .paused(let span), .opened(let span): guard span >= Limits.newsSpan else { return }
        case .answers: break
        }
        effects.append(.spread(endpoint: lane.endpoint, news))
    }

    mutating func heard(_ news: EndpointNews, of endpoint: Int64, at now: Instant, _ effects: inout [Effect]) {
        guard let lane = lanes[endpoint] else { return }
        switch news {
        case .paused(let span): lane.pausedUntil = max(lane.pausedUntil, now + span)
        case .opened(let span): lane.breaker.heardOpen(until: now + span)
        case .answers:
            lane.breaker.succeeded()
            lane.failing = nil
            lane.isFailingStored = false
        }
        enterRing(lane, at: now)
        claimIfDue(lane, at: now, &effects)
    }
}
