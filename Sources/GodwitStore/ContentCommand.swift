package import GodwitCore

/// Removes what messages and receivers' answers said. That there were any stays.
package enum ContentCommand: Sendable {
    /// The payloads of messages of an application; what was not delivered yet is cancelled, for nothing is left to send. Answered by
    /// `.expunged`. Twice is once.
    case expungeMessages(application: Int64, [Reference])
    /// What a receiver answered to an attempt, or why it did not. Answered by `.done`. Twice is once.
    case expungeAttempt(message: Int64, Reference)
}

package enum ContentResult: Sendable {
    case done
    /// Which messages there are, in the order of the command; and the deliveries that were cancelled.
    case expunged(found: [Bool], cancelled: [DeliveryKey])
}
