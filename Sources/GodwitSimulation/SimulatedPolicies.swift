import GodwitCore

/// The policies of the simulated endpoints: one of each kind of order, with and without batches and limits.
enum SimulatedPolicies {
    private static let breaker = BreakerPolicy(failures: 4, pause: .milliseconds(200), pauseMax: .seconds(2))

    static let all: [DeliveryPolicy] = [
        DeliveryPolicy(breaker: breaker),
        DeliveryPolicy(rateLimit: RateLimit(perSecond: 50, concurrent: 2), breaker: breaker, disableAfter: .seconds(60)),
        DeliveryPolicy(order: .fifo(nil, .block), breaker: breaker),
        DeliveryPolicy(order: .fifo(.orderingKey, .skip(afterAttempts: 2)), breaker: breaker),
        DeliveryPolicy(order: .fifo(.orderingKey, .park), breaker: breaker),
        DeliveryPolicy(
            batch: BatchPolicy(maxMessages: 5, maxWait: .milliseconds(50), format: .jsonArray),
            breaker: BreakerPolicy(failures: nil)),
        DeliveryPolicy(
            retry: RetryPolicy(
                .exponential(base: .milliseconds(50), factor: 3, cap: .seconds(2), maxAttempts: 4), maxAge: .seconds(3)),
            order: .fifo(.orderingKey, .block),
            batch: BatchPolicy(maxMessages: 3, maxWait: .milliseconds(20), format: .ndjson), breaker: breaker),
    ]
}
