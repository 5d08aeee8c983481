import GodwitCore
import NIOCore

/// One attempt while it is under way. Lives on the sender's event loop.
final class Attempt {
    enum Phase {
        case resolving
        case connecting
        case handshaking
        case awaitingFirstByte
        case reading
    }

    let request: ByteBuffer
    let target: WebhookURL
    let timeouts: AttemptTimeouts
    let completion: (AttemptReport) -> Void
    let started: NIODeadline

    private(set) var phase: Phase = .resolving
    private(set) var phaseStarted: NIODeadline
    private(set) var timings = AttemptTimings()

    /// Set while the request, or its connection, is on the wire.
    var connection: Connection?
    var connectionReused = false
    /// The second try on a fresh connection, after a kept-alive one turned out to be dead, has been used.
    var hasReconnected = false
    /// Place in the sender's list of attempts under way; nil once it is over.
    var position: Int?

    init(
        request: ByteBuffer, target: WebhookURL, timeouts: AttemptTimeouts, started: NIODeadline,
        completion: @escaping (AttemptReport) -> Void
    ) {
        self.request = request
        self.target = target
        self.timeouts = timeouts
        self.started = started
        self.completion = completion
        phaseStarted = started
    }

    var isOver: Bool { position == nil }

    /// Takes the time of the phase that ends here.
    func enter(_ next: Phase, at now: NIODeadline) {
        let spent = UInt32(microseconds: now - phaseStarted)
        switch phase {
        case .resolving where next != .awaitingFirstByte: timings.resolve = spent
        case .connecting: timings.connect = spent
        case .handshaking: timings.tls = spent
        case .awaitingFirstByte where next == .reading: timings.firstByte = spent
        // Over a kept-alive connection nothing was resolved; a second try starts again.
        case .resolving, .awaitingFirstByte, .reading: break
        }
        phase = next
        phaseStarted = now
    }

    func report(_ outcome: AttemptOutcome, at now: NIODeadline) -> AttemptReport {
        timings.total = UInt32(microseconds: now - started)
        return AttemptReport(outcome: outcome, timings: timings, connectionReused: connectionReused)
    }

    /// What is left of the time for look-up and TCP.
    func connectTimeRemaining(at now: NIODeadline) -> TimeAmount {
        started + TimeAmount(min(timeouts.connect, timeouts.total)) - now
    }

    /// The failure that a deadline has made of this attempt, if one has passed.
    func overdue(at now: NIODeadline) -> TransportFailure? {
        let (limit, since) = phaseLimit
        if now - since >= TimeAmount(limit) { return failure(after: limit) }
        if now - started >= TimeAmount(timeouts.total) { return failure(after: timeouts.total) }
        return nil
    }

    private var phaseLimit: (limit: Duration, since: NIODeadline) {
        switch phase {
        case .resolving, .connecting: (timeouts.connect, started)
        case .handshaking: (timeouts.tls, phaseStarted)
        case .awaitingFirstByte: (timeouts.firstByte, phaseStarted)
        case .reading: (timeouts.total, started)
        }
    }

    private func failure(after limit: Duration) -> TransportFailure {
        let time = "within \(limit.wholeMilliseconds) ms"
        return switch phase {
        case .resolving: TransportFailure(.nameNotResolved, "no answer about the name \(target.host) \(time)")
        case .connecting: TransportFailure(.connectTimedOut, "no connection \(time)")
        case .handshaking: TransportFailure(.tlsFailed, "the TLS handshake didn't end \(time)")
        case .awaitingFirstByte: TransportFailure(.firstByteTimedOut, "no response \(time)")
        case .reading: TransportFailure(.responseTimedOut, "the response didn't end \(time)")
        }
    }
}

extension UInt32 {
    /// Saturates: 71 minutes are more than any attempt takes.
    fileprivate init(microseconds time: TimeAmount) {
        self = UInt32(clamping: time.nanoseconds / 1000)
    }
}
