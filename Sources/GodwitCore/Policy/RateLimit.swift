/// How much one endpoint, or all endpoints of one application together, may be sent. nil: no limit of this kind.
package struct RateLimit: Hashable, Sendable {
    /// Requests in each span of that length, spread evenly.
    package var perSecond: Int?
    package var perMinute: Int?
    package var perHour: Int?
    /// Requests on the wire at a time.
    package var concurrent: Int?

    package init(perSecond: Int? = nil, perMinute: Int? = nil, perHour: Int? = nil, concurrent: Int? = nil) {
        self.perSecond = perSecond
        self.perMinute = perMinute
        self.perHour = perHour
        self.concurrent = concurrent
    }

    package static let none = RateLimit()
    package var isNone: Bool { self == .none }
}

/// A rate limit as a value that counts: one token bucket for each span. Smooth: a bucket holds the tokens of a tenth of its span
/// (of a second at most), so that what was saved up in an idle hour doesn't arrive at once.
package struct TokenBuckets: Sendable {
    fileprivate struct Bucket {
        let limit: Int
        let spanMilliseconds: Int64
        /// In thousandths of a millisecond's worth, so that slow rates lose nothing to rounding.
        var level: Double
        let capacity: Double
        var filledAt: Instant

        init(limit: Int, spanMilliseconds: Int64, at now: Instant) {
            self.limit = limit
            self.spanMilliseconds = spanMilliseconds
            let burstMilliseconds = min(spanMilliseconds / 10, 100)
            capacity = max(1, Double(limit) * Double(burstMilliseconds) / Double(spanMilliseconds))
            level = capacity
            filledAt = now
        }

        private var perMillisecond: Double { Double(limit) / Double(spanMilliseconds) }

        mutating func fill(at now: Instant) {
            // A clock that was put back must not stop the flow until it is where it was.
            guard now > filledAt else {
                filledAt = now
                return
            }
            let elapsed = Double((now - filledAt).wholeMilliseconds)
            level = min(capacity, level + elapsed * perMillisecond)
            filledAt = now
        }

        /// When one token is there.
        func readyAt() -> Instant {
            guard level < 1 else { return filledAt }
            return filledAt + .milliseconds(Int64(((1 - level) / perMillisecond).rounded(.up)))
        }

        mutating func take() { level -= 1 }
        mutating func giveBack(_ number: Int) { level = min(capacity, level + Double(number)) }
    }

    fileprivate var buckets: [Bucket]

    package init(_ limit: RateLimit, at now: Instant) {
        buckets = [(limit.perSecond, 1000), (limit.perMinute, 60_000), (limit.perHour, 3_600_000)].compactMap {
            limit, span in limit.map { Bucket(limit: $0, spanMilliseconds: span, at: now) }
        }
    }

    package var isUnlimited: Bool { buckets.isEmpty }

    /// Takes one token of each bucket.
    ///
    /// - Returns: nil when it was taken, else when to ask again.
    package mutating func take(at now: Instant) -> Instant? {
        var ready: Instant?
        for index in buckets.indices {
            buckets[index].fill(at: now)
            let at = buckets[index].readyAt()
            if at > now { ready = max(ready ?? at, at) }
        }
        if let ready { return ready }
        for index in buckets.indices { buckets[index].take() }
        return nil
    }
}

extension TokenBuckets {
    /// Tokens that were taken and not used.
    package mutating func giveBack(_ number: Int) {
        for index in buckets.indices { buckets[index].giveBack(number) }
    }
}

/// The rate limit that all endpoints of an application share, whatever event loop they are on: it grants permits for requests.
package struct ApplicationBudget: Sendable {
    package let limit: RateLimit
    private var buckets: TokenBuckets
    /// Permits granted, and neither ended nor given back.
    private var inUse = 0

    package init(_ limit: RateLimit, at now: Instant) {
        self.limit = limit
        buckets = TokenBuckets(limit, at: now)
    }

    /// Up to `wanted` permits.
    ///
    /// - Returns: with none, when to ask again; nil when a request has to end first.
    package mutating func grant(_ wanted: Int, at now: Instant) -> (permits: Int, askAgain: Instant?) {
        var permits = 0
        while permits < wanted, inUse < limit.concurrent ?? .max {
            if let ready = buckets.take(at: now) { return (permits, permits == 0 ? ready : nil) }
            permits += 1
            inUse += 1
        }
        return (permits, nil)
    }

    package mutating func giveBack(_ permits: Int) {
        buckets.giveBack(permits)
        ended(permits)
    }

    /// Requests have ended. Those that were sent before there was a limit had no permit.
    package mutating func ended(_ requests: Int) { inUse = max(0, inUse - requests) }
}
