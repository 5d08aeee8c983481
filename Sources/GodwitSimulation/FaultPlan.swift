/// How often what goes wrong, in thousandths.
package struct FaultPlan: Hashable, Sendable {
    /// A receiver answers 500.
    package var serverError = 150
    /// The connection breaks, or nothing is answered in time.
    package var transportFailure = 100
    /// A receiver answers 410.
    package var gone = 2
    /// A receiver answers 429 with `Retry-After`.
    package var slowDown = 10
    /// A receiver says with its header that a delivery is not to be tried again.
    package var stop = 5
    /// A receiver accepts a batch in part.
    package var partialAcceptance = 200
    /// A transaction fails before anything is written.
    package var storeFailure = 20
    /// The node dies; what it had not committed is gone, and it begins again.
    package var crash = 5
    /// An endpoint is disabled or enabled, deleted or created; a message is cancelled, resent, or its dead letter released.
    package var endpointChange = 10

    package init() {}
}
