/// Whose an endpoint is, among nodes.
package enum LaneOwnership: Hashable, Sendable {
    /// Everyone's: whoever accepts a message delivers it, and retries it.
    case shared
    /// Ours alone, for its order or its rate needs one hand.
    case owned
    /// Another node's, or we deliver nothing: what we learn of it is passed on.
    case foreign
}

extension NodeView {
    /// - Parameter group: the application whose rate limit the endpoint shares; nil when it has none.
    package func ownership(of endpoint: Int64, _ policy: DeliveryPolicy, group: Int64?) -> LaneOwnership {
        guard role.delivers else { return .foreign }
        guard policy.needsOneHand || group != nil else { return .shared }
        return owns(group ?? endpoint) ? .owned : .foreign
    }
}

extension DeliveryPolicy {
    var needsOneHand: Bool { order != .unordered || !rateLimit.isNone }
}
