/// How the engine sees an endpoint at this moment.
package struct LaneStatus: Hashable, Sendable {
    package enum Breaker: Hashable, Sendable {
        case closed
        /// Nothing is sent before that.
        case open(until: Instant)
        /// One request is on its way to see whether the endpoint answers again.
        case probing
    }

    package var breaker: Breaker
    /// The receiver asked to be left alone until then.
    package var pausedUntil: Instant?
    /// Requests that may be on the wire at a time, as the engine has learnt it.
    package var concurrency: Int
    /// Requests that are on the wire.
    package var inFlight: Int
    /// Deliveries in memory that wait for their turn.
    package var queued: Int
    /// When the earliest delivery that waits in the store is due; nil when none is known.
    package var nextDue: Instant?

    package init(
        breaker: Breaker, pausedUntil: Instant?, concurrency: Int, inFlight: Int, queued: Int, nextDue: Instant?
    ) {
        self.breaker = breaker
        self.pausedUntil = pausedUntil
        self.concurrency = concurrency
        self.inFlight = inFlight
        self.queued = queued
        self.nextDue = nextDue
    }
}
