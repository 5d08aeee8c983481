/// Leaves an endpoint alone that only fails: closed → open → one probe → closed, or open for twice as long.
///
/// | state            | failure                           | success       |
/// |------------------|-----------------------------------|---------------|
/// | closed           | counted; open after `failures`    | closed, count 0 |
/// | open             | – (was on the wire before)        | closed        |
/// | probing          | open, the pause doubled           | closed        |
struct LaneBreaker {
    enum State: Hashable {
        case closed(failures: Int)
        /// `times` it opened since it was closed last.
        case open(until: Instant, times: Int)
        case probing(times: Int)
    }

    private(set) var state: State = .closed(failures: 0)

    mutating func succeeded() { state = .closed(failures: 0) }

    mutating func failed(_ policy: BreakerPolicy, at now: Instant) {
        guard let limit = policy.failures else { return succeeded() }
        switch state {
        case .closed(let failures):
            state =
                failures + 1 < limit
                ? .closed(failures: failures + 1) : .open(until: now + policy.pause(afterOpening: 1), times: 1)
        case .open: break
        case .probing(let times): state = .open(until: now + policy.pause(afterOpening: times + 1), times: times + 1)
        }
    }

    var isShut: Bool {
        if case .closed = state { false } else { true }
    }

    /// At another node, which has counted as many failures. A probe of our own decides by itself.
    mutating func heardOpen(until: Instant) {
        switch state {
        case .closed: state = .open(until: until, times: 1)
        case .open(let own, let times): state = .open(until: max(own, until), times: times)
        case .probing: break
        }
    }

    /// The answer to the probe said nothing about the endpoint: the next request is the probe.
    mutating func probeWasNone(at now: Instant) {
        if case .probing(let times) = state { state = .open(until: now, times: times) }
    }

    /// A request is sent. It must be allowed.
    mutating func sent() {
        if case .open(_, let times) = state { state = .probing(times: times) }
    }
}
