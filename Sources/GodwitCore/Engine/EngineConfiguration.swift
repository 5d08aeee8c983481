/// What the engine may be told about itself.
package struct EngineConfiguration: Hashable, Sendable {
    /// For endpoints without a retry policy of their own.
    package var schedule: RetrySchedule
    /// Requests of one shard on the wire at a time.
    package var requestsInFlight: Int
    package var requestsInFlightPerEndpoint: Int
    /// To one host and port, whatever the endpoint.
    package var requestsInFlightPerHost: Int

    package init(
        schedule: RetrySchedule = .standard, requestsInFlight: Int = Limits.requestsInFlight,
        requestsInFlightPerEndpoint: Int = Limits.requestsInFlightPerEndpoint,
        requestsInFlightPerHost: Int = Limits.requestsInFlightPerHost
    ) {
        self.schedule = schedule
        self.requestsInFlight = requestsInFlight
        self.requestsInFlightPerEndpoint = requestsInFlightPerEndpoint
        self.requestsInFlightPerHost = requestsInFlightPerHost
    }

    /// For one of several shards: together they keep the bounds of the process.
    package func share(of shards: Int) -> EngineConfiguration {
        var share = self
        share.requestsInFlightPerHost = max(1, requestsInFlightPerHost / max(1, shards))
        return share
    }
}

/// What the engine has to know of an endpoint.
package struct EndpointProfile: Hashable, Sendable {
    package let endpoint: Int64
    package let application: Int64
    /// Requests to the same host and port share a bound.
    package let host: String
    package let disabled: Bool
    package let policy: DeliveryPolicy
    package let failing: FailingSpan?
    /// A change through the API ends a pause and closes the breaker; what the engine itself writes doesn't move this time.
    package let updatedAt: Instant

    package init(
        endpoint: Int64, application: Int64, host: String, disabled: Bool, policy: DeliveryPolicy = .standard,
        failing: FailingSpan? = nil, updatedAt: Instant
    ) {
        self.endpoint = endpoint
        self.application = application
        self.host = host
        self.disabled = disabled
        self.policy = policy
        self.failing = failing
        self.updatedAt = updatedAt
    }
}
