/// What was counted of an endpoint: its deliveries by how they stand, and attempts by how they ended.
package struct EndpointCounters: Hashable, Sendable {
    /// Messages, by the status of their delivery to the endpoint.
    package var success: Int64 = 0
    package var pending: Int64 = 0
    package var fail: Int64 = 0
    package var sending: Int64 = 0
    package var canceled: Int64 = 0
    package var attemptsSucceeded: Int64 = 0
    package var attemptsFailed: Int64 = 0
    /// That were to be made when the delivery was cancelled.
    package var attemptsCanceled: Int64 = 0

    package init() {}

    /// Messages that went or go to the endpoint.
    package var deliveries: Int64 { success + pending + fail + sending + canceled }

    package static func += (left: inout EndpointCounters, right: EndpointCounters) {
        left.success += right.success
        left.pending += right.pending
        left.fail += right.fail
        left.sending += right.sending
        left.canceled += right.canceled
        left.attemptsSucceeded += right.attemptsSucceeded
        left.attemptsFailed += right.attemptsFailed
        left.attemptsCanceled += right.attemptsCanceled
    }

    mutating func count(_ status: AttemptStatus, _ change: Int64) {
        switch status {
        case .success: success += change
        case .pending: pending += change
        case .fail: fail += change
        case .sending: sending += change
        case .canceled: canceled += change
        }
    }
}
