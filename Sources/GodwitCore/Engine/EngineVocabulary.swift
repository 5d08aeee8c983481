/// What happens to the engine.
package enum EngineEvent: Sendable {
    /// Fresh deliveries were committed in flight under our lease.
    case accepted([HeldDelivery])
    /// The store answered a claim.
    case claimed(endpoint: Int64, [HeldDelivery], nextDue: Instant?, lastLine: Int64)
    /// The claim could not be carried out; nothing was claimed.
    case claimFailed(endpoint: Int64)
    /// A request ended: one delivery, or those of a batch.
    case requestFinished([HeldDelivery], AttemptOutcome, took: Duration)
    /// Something for this endpoint waits in the store, due from then on: overflow, a retry, a resend, work of a former life; or a
    /// line of it has moved on.
    case waiting(endpoint: Int64, due: Instant)
    /// The endpoint exists, as it is now. Deliveries to an endpoint that was never announced are cancelled.
    case endpointChanged(EndpointProfile)
    case endpointDeleted(endpoint: Int64)
    /// Whether requests of the application need permits.
    case applicationChanged(application: Int64, isLimited: Bool)
    /// The answer to `askPermits`; at least one.
    case permitted(application: Int64, Int)
    /// The message was cancelled in the store: its delivery to this endpoint, if it is queued here, is dropped.
    case messageCancelled(message: Int64, endpoint: Int64)
    /// Nodes came or went, or what was thought of them has changed.
    case nodesChanged(NodeView)
    /// How far the lease may be relied on.
    case trusted(LeaseTrust)
    /// This node was taken for dead, and begins anew: what it held is others'. What is on the wire may end.
    case begun(NodeView)
    /// Another node has learnt this of the endpoint.
    case heard(endpoint: Int64, EndpointNews)
    /// The instant that a `wake` effect asked for has come.
    case woke
    /// No new attempts; what is on the wire may end.
    case shutdown
}

/// What the engine wants done. The shell does it and has no opinion.
package enum Effect: Sendable {
    /// Make one request: of one delivery, or of a batch.
    case send([HeldDelivery])
    /// Write the outcome of the request that just ended, for one of its deliveries, and what becomes of that.
    case record(Transition, HeldDelivery, AttemptOutcome, succeeded: Bool)
    /// Write that these deliveries are handed back to the store, or cancelled, without an attempt.
    case giveUp([Transition])
    /// Claim what is due of this endpoint.
    case claim(endpoint: Int64, limit: Int, afterLine: Int64)
    /// Cancel what waits for an endpoint that was deleted meanwhile.
    case cancelWaiting(endpoint: Int64)
    /// Fresh deliveries of this endpoint go to the store (true) or to the engine (false) from now on.
    case overflow(endpoint: Int64, Bool)
    /// Disable the endpoint: its receiver is gone, or did nothing but fail for too long.
    ///
    /// `failing` says since when: only if no other node was answered meanwhile.
    case disable(endpoint: Int64, Disablement.Reason, failing: FailingSpan?)
    /// Keep since when the endpoint does nothing but fail; nil when it no longer does.
    case noteFailing(endpoint: Int64, FailingSpan?)
    /// Tell the endpoint's owner that it will be disabled if it goes on failing, and when.
    case announceDisabling(endpoint: Int64, FailingSpan, at: Instant)
    /// Answer with `permitted` when there are permits for requests of the application, up to that many.
    case askPermits(application: Int64, Int)
    /// Permits that were granted and are not needed.
    case returnPermits(application: Int64, Int)
    /// A request of a limited application has ended.
    case permitEnded(application: Int64)
    /// Tell the node whose it is that something of the endpoint waits in the store, due from then on.
    case passOn(endpoint: Int64, due: Instant)
    /// Tell the other nodes what was learnt of the endpoint.
    case spread(endpoint: Int64, EndpointNews)
    /// Come back with `woke` at that time. Only the latest request counts.
    case wake(at: Instant)
    /// After `shutdown`: nothing is on the wire any more.
    case drained
}
