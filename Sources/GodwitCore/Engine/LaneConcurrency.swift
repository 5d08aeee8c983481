/// How many requests to one endpoint may be on the wire, learnt from its answers: additive increase, multiplicative decrease, as
/// TCP does it (RFC 5681). It starts low, so that an endpoint that hangs holds few requests from the beginning, and doubles with
/// each round of successes until the first sign of trouble.
struct LaneConcurrency {
    private static let start = 16.0
    /// A shrinking window stands still this long: failures that come together are one sign.
    private static let calm: Duration = .milliseconds(100)

    private var window = Self.start
    private var isStarting = true
    private var shrunkAt: Instant = .distantPast
    /// The quickest answer, which slowly grows old, in milliseconds.
    private var best = Double.infinity

    /// - Parameter bound: the most that is allowed, whatever was learnt.
    func limit(atMost bound: Int) -> Int { max(1, min(bound, Int(window))) }

    mutating func succeeded(took: Duration, atMost bound: Int, at now: Instant) {
        let milliseconds = Double(took.wholeMilliseconds)
        best = min(best * 1.001, max(milliseconds, 1))
        // Far slower than it can be: it has more to do than it likes.
        if milliseconds > max(4 * best, best + 200) { return shrink(to: 0.9, at: now) }
        guard window < Double(bound) else { return }
        window += isStarting ? 1 : 1 / window
    }

    mutating func failed(at now: Instant) { shrink(to: 0.6, at: now) }

    private mutating func shrink(to share: Double, at now: Instant) {
        isStarting = false
        guard now - shrunkAt >= Self.calm else { return }
        shrunkAt = now
        window = max(1, window * share)
    }
}
