package import GodwitCore

/// Readers of feeds, each under a name of its own at its endpoint.
package protocol ConsumerStore: Sendable {
    /// nil for one that has done nothing yet.
    func consumer(endpoint: Int64, name: String) throws(StoreError) -> Consumer?
}

/// What readers of feeds do. A consumer comes into being by it; past `Limits.consumers` of one endpoint that is a conflict.
package enum ConsumerCommand: Sendable {
    /// `Consumer.poll`. At an endpoint that nothing is pushed to, what is acknowledged is delivered. Answered by `.batch`. A conflict when too much would be acknowledged out of order.
    case poll(endpoint: Int64, name: String, ConsumerPoll)
    /// `Consumer.move`. Delivers nothing. Answered by `.done`.
    case move(endpoint: Int64, name: String, to: Int64)
}

package enum ConsumerResult: Hashable, Sendable {
    case batch(ConsumerBatch)
    case done
}
