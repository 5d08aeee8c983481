import GodwitCore
import NIOCore

/// Has attempts in its hands, and lets go of one that is over.
protocol AttemptCarrier: AnyObject {
    /// The attempt's time is over; whatever still comes for it is of no use.
    func abandon(_ attempt: Attempt)
}

/// A connection that can wait for work in the pool.
protocol PooledConnection: AttemptCarrier {
    var origin: WebhookURL.Origin { get }
    var openedAt: NIODeadline { get }
    /// When the last response was complete.
    var idleSince: NIODeadline { get set }

    /// The connection must have room for it.
    func write(_ attempt: Attempt)
    func close()
}
