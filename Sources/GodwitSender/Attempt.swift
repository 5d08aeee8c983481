import GodwitCore
import NIOCore

/// One attempt while it is under way. Lives on the sender's event loop.
final class Attempt {
    enum Phase {
        case resolving
        /// For a stream: as many HTTP/2 connections as may be open to this origin are, and all of them are full.
        case waiting
        case connecting
        /// The proxy has been reached and is asked to connect.
        case proxying
        case handshaking
        /// HTTP/2: the receiver's settings say how many streams it takes.
        case greeting
        case awaitingFirstByte
        case reading
    }

    let request: ByteBuffer
    let target: WebhookURL
    let timeouts: AttemptTimeouts
    let bodyBytesKept: Int
    let completion: (AttemptReport) -> Void
    let started: NIODeadline

    private(set) var phase: Phase = .resolving
    private(set) var phaseStarted: NIODeadline
    private(set) var timings = AttemptTimings()
    private var lastRead: NIODeadline
    /// From when on the time to connect counts.
    private var connectingSince: NIODeadline

    /// What the attempt is in the hands of: a connection being opened, or the one that carries the request.
    var carrier: (any AttemptCarrier)?
    var connectionReused = false
    /// The second try on a fresh connection, after a kept-alive one turned out to be dead, or the receiver refused the stream,
    /// has been used.
    private(set) var hasReconnected = false
    /// Place in the sender's list of attempts under way; nil once it is over.
    var position: Int?

    init(
        request: ByteBuffer, target: WebhookURL, timeouts: AttemptTimeouts, bodyBytesKept: Int, started: NIODeadline,
        completion: @escaping (AttemptReport) -> Void
    ) {
        self.request = request
        self.target = target
        self.timeouts = timeouts
        self.bodyBytesKept = min(max(0, bodyBytesKept), Limits.responseBodyBytesKeptMax)
        self.started = started
        self.completion = completion
        phaseStarted = started
        lastRead = started
        connectingSince = started
    }

    var isOver: Bool { position == nil }

    /// Takes the time of the phase that ends here.
    func enter(_ next: Phase, at now: NIODeadline) {
        let spent = UInt32(microseconds: now - phaseStarted)
        switch phase {
        case .resolving where next == .connecting: timings.resolve = spent
        case .connecting: timings.connect = spent
        case .proxying: timings.connect = spent &+ min(timings.connect ?? 0, .max - spent)
        case .handshaking: timings.tls = spent
        case .awaitingFirstByte where next == .reading: timings.firstByte = spent
        // Over a kept-alive connection nothing was resolved; a second try starts again.
        case .resolving, .waiting, .greeting, .awaitingFirstByte, .reading: break
        }
        phase = next
        phaseStarted = now
    }

    /// Begins the second try. It has the time to connect once more, and of the total what is left.
    func reconnect(at now: NIODeadline) {
        hasReconnected = true
        connectionReused = false
        carrier = nil
        connectingSince = now
        enter(.resolving, at: now)
    }

    /// Goes elsewhere than over the connection that was being opened; the phases of that one were not its own.
    func leaveOpening(at now: NIODeadline) {
        timings = AttemptTimings()
        phase = .resolving
        phaseStarted = now
    }

    /// Something of the response has come.
    func hasRead(at now: NIODeadline) {
        lastRead = now
        if phase != .reading { enter(.reading, at: now) }
    }

    func report(_ outcome: AttemptOutcome, at now: NIODeadline) -> AttemptReport {
        timings.total = UInt32(microseconds: now - started)
        return AttemptReport(outcome: outcome, timings: timings, connectionReused: connectionReused)
    }

    /// What is left of the time for look-up and TCP.
    func connectTimeRemaining(at now: NIODeadline) -> TimeAmount {
        min(connectingSince + TimeAmount(timeouts.connect), started + TimeAmount(timeouts.total)) - now
    }

    /// The failure that a deadline has made of this attempt, if one has passed.
    func overdue(at now: NIODeadline) -> TransportFailure? {
        let (limit, since) = phaseLimit
        if now - since >= TimeAmount(limit) { return phaseFailure(after: limit) }
        guard now - started >= TimeAmount(timeouts.total) else { return nil }
        guard phase == .reading else { return phaseFailure(after: timeouts.total) }
        return TransportFailure(.responseTimedOut, "the response didn't end \(Self.within(timeouts.total))")
    }

    private var phaseLimit: (limit: Duration, since: NIODeadline) {
        switch phase {
        case .resolving, .waiting, .connecting, .proxying: (timeouts.connect, connectingSince)
        case .handshaking, .greeting: (timeouts.tls, phaseStarted)
        case .awaitingFirstByte: (timeouts.firstByte, phaseStarted)
        case .reading: (timeouts.idleBody, lastRead)
        }
    }

    private func phaseFailure(after limit: Duration) -> TransportFailure {
        let time = Self.within(limit)
        return switch phase {
        case .resolving: TransportFailure(.nameNotResolved, "no answer about the name \(target.host) \(time)")
        case .waiting: TransportFailure(.connectTimedOut, "no free HTTP/2 stream \(time)")
        case .connecting: TransportFailure(.connectTimedOut, "no connection \(time)")
        case .proxying: TransportFailure(.proxyFailed, "the outgoing proxy didn't answer \(time)")
        case .handshaking: TransportFailure(.tlsFailed, "the TLS handshake didn't end \(time)")
        case .greeting: TransportFailure(.firstByteTimedOut, "no HTTP/2 settings from the receiver \(time)")
        case .awaitingFirstByte: TransportFailure(.firstByteTimedOut, "no response \(time)")
        case .reading: TransportFailure(.bodyIdle, "the response began, and nothing more came \(time)")
        }
    }

    private static func within(_ limit: Duration) -> String { "within \(limit.wholeMilliseconds) ms" }
}

extension UInt32 {
    /// Saturates: 71 minutes are more than any attempt takes.
    fileprivate init(microseconds time: TimeAmount) {
        self = UInt32(clamping: time.nanoseconds / 1000)
    }
}
