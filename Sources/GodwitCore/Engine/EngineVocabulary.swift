/// What happens to the engine.
package enum EngineEvent: Sendable {
    /// Fresh deliveries were committed in flight under our lease.
    case accepted([HeldDelivery])
    /// The store answered a claim.
    case claimed(endpoint: Int64, [HeldDelivery], nextDue: Instant?)
    /// The claim could not be carried out; nothing was claimed.
    case claimFailed(endpoint: Int64)
    /// An attempt ended.
    case attemptFinished(HeldDelivery, AttemptOutcome)
    /// Something for this endpoint waits in the store, due from then on: overflow, a retry, a resend, work of a former life.
    case waiting(endpoint: Int64, due: Instant)
    /// The endpoint exists and may be sent to, or not. Deliveries to an endpoint that was never announced are cancelled.
    case endpointChanged(endpoint: Int64, disabled: Bool)
    case endpointDeleted(endpoint: Int64)
    /// The instant that a `wake` effect asked for has come.
    case woke
    /// No new attempts; what is on the wire may end.
    case shutdown
}

/// What the engine wants done. The shell does it and has no opinion.
package enum Effect: Sendable {
    /// Make one attempt.
    case send(HeldDelivery)
    /// Write the outcome of the attempt that just ended, and what becomes of the delivery.
    case record(Transition, HeldDelivery, AttemptOutcome, succeeded: Bool)
    /// Write that these deliveries are handed back to the store, or cancelled, without an attempt.
    case giveUp([Transition])
    /// Claim what is due of this endpoint.
    case claim(endpoint: Int64, limit: Int)
    /// Cancel what waits for an endpoint that was deleted meanwhile.
    case cancelWaiting(endpoint: Int64)
    /// Fresh deliveries of this endpoint go to the store (true) or to the engine (false) from now on.
    case overflow(endpoint: Int64, Bool)
    /// The receiver is gone: disable the endpoint.
    case disable(endpoint: Int64)
    /// Come back with `woke` at that time. Only the latest request counts.
    case wake(at: Instant)
    /// After `shutdown`: nothing is on the wire any more.
    case drained
}
