import GodwitCore
import NIOCore
import Synchronization

/// Holds callers to a rate of requests: an organization's tokens together, and those of each application together, so that what runs
/// in one customer's pages doesn't take the place of the organization's own.
final class CallerRates: Sendable {
    private struct Key: Hashable {
        /// nil: all that find no room.
        let organization: OrganizationID?
        let application: ApplicationID?
    }

    private let rate: RequestRate
    private let now: @Sendable () -> NIODeadline
    /// By caller, when it is at rest.
    private let rests = Mutex<[Key: Int64]>([:])

    /// - Parameter perSecond: `Limits.apiRate`
    init(perSecond: Int, now: @escaping @Sendable () -> NIODeadline = { .now() }) {
        rate = RequestRate(perSecond: perSecond)
        self.now = now
    }

    func admit(_ caller: Caller) throws(Problem) {
        let now = Int64(now().uptimeNanoseconds)
        let verdict = rests.withLock { rests in
            var key = Key(organization: caller.organization, application: caller.application)
            if rests[key] == nil, rests.count >= Limits.ratedCallers {
                // Who is at rest is as good as new.
                rests = rests.filter { $0.value > now }
                if rests.count >= Limits.ratedCallers { key = Key(organization: nil, application: nil) }
            }
            return rate.admit(&rests[key, default: 0], at: now)
        }
        if case .refused(let seconds) = verdict { throw .rateLimited(retryAfterSeconds: seconds) }
    }
}
