/// How often what goes wrong, in thousandths.
package struct FaultPlan: Hashable, Sendable {
    /// A receiver answers 500.
    package var serverError = 150
    /// The connection breaks, or nothing is answered in time.
    package var transportFailure = 100
    /// A receiver answers 410.
    package var gone = 2
    /// A transaction fails before anything is written.
    package var storeFailure = 20
    /// The node dies; what it had not committed is gone, and it begins again.
    package var crash = 5
    /// An endpoint is disabled or enabled, deleted or created.
    package var endpointChange = 10

    package init() {}
}
