/// How deliveries to one endpoint are made: what answers mean, when to try again, in which order, how many at a time.
///
/// Everything has a default that suits most receivers. What is nil is the server's own setting.
package struct DeliveryPolicy: Hashable, Sendable {
    package var response: ResponseContract
    /// nil: the server's.
    package var timeouts: TimeoutPolicy
    /// nil: the server's schedule.
    package var retry: RetryPolicy?
    /// By event type; wins over `retry`.
    package var retryByEventType: [String: RetryPolicy]
    package var order: OrderPolicy
    /// nil: one message per request.
    package var batch: BatchPolicy?
    package var rateLimit: RateLimit
    package var breaker: BreakerPolicy
    /// After how long a span of nothing but failure the endpoint is disabled; nil for never.
    package var disableAfter: Duration?

    package init(
        response: ResponseContract = .init(), timeouts: TimeoutPolicy = .init(), retry: RetryPolicy? = nil,
        retryByEventType: [String: RetryPolicy] = [:], order: OrderPolicy = .unordered, batch: BatchPolicy? = nil,
        rateLimit: RateLimit = .none, breaker: BreakerPolicy = .init(), disableAfter: Duration? = .seconds(5 * 86_400)
    ) {
        self.response = response
        self.timeouts = timeouts
        self.retry = retry
        self.retryByEventType = retryByEventType
        self.order = order
        self.batch = batch
        self.rateLimit = rateLimit
        self.breaker = breaker
        self.disableAfter = disableAfter
    }

    package static let standard = DeliveryPolicy()

    /// The policy under which a message of this type is retried; nil for the server's.
    package func retry(of eventType: String) -> RetryPolicy? { retryByEventType[eventType] ?? retry }
}

/// The timeouts of an endpoint's own; see `AttemptTimeouts`. nil: the server's.
package struct TimeoutPolicy: Hashable, Sendable {
    package var connect: Duration?
    package var tls: Duration?
    package var firstByte: Duration?
    package var idleBody: Duration?
    package var total: Duration?

    package init(
        connect: Duration? = nil, tls: Duration? = nil, firstByte: Duration? = nil, idleBody: Duration? = nil,
        total: Duration? = nil
    ) {
        self.connect = connect
        self.tls = tls
        self.firstByte = firstByte
        self.idleBody = idleBody
        self.total = total
    }

    package func applied(to standard: AttemptTimeouts) -> AttemptTimeouts {
        let total = total ?? standard.total
        // A server's `firstByte` is as long as its `total`; an endpoint that gives itself more time means the whole attempt.
        return AttemptTimeouts(
            connect: connect ?? standard.connect, tls: tls ?? standard.tls,
            firstByte: firstByte ?? max(standard.firstByte, total),
            idleBody: idleBody ?? standard.idleBody, total: total)
    }
}

/// When an endpoint that only fails is left alone for a while: its messages wait then, and no attempt is spent.
package struct BreakerPolicy: Hashable, Sendable {
    /// Failures in a row, over all of the endpoint's deliveries, that open the breaker. nil: it never opens.
    package var failures: Int?
    /// How long it stays open before one probe is let through; doubled after each probe that fails, up to `pauseMax`.
    package var pause: Duration
    package var pauseMax: Duration

    package init(failures: Int? = 20, pause: Duration = .seconds(1), pauseMax: Duration = .seconds(60)) {
        self.failures = failures
        self.pause = pause
        self.pauseMax = pauseMax
    }

    /// How long the breaker is open after `opened` times in a row, from 1.
    package func pause(afterOpening opened: Int) -> Duration {
        var pause = pause
        for _ in 1..<max(1, min(opened, 40)) where pause < pauseMax { pause = pause * 2 }
        return min(pause, pauseMax)
    }
}
