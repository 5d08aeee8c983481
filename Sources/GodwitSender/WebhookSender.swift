package import GodwitCore
package import NIOCore
package import NIOSSL

/// Sends requests over kept-alive HTTP/1.1 connections, all on one event loop: connections, attempts and results of one sender
/// are touched by one thread only, so there are no locks, tasks or timers per request.
///
/// Every address is judged before a connection is made, and the connection is made to exactly that address: what a name
/// resolves to later changes nothing. Redirects are a status like any other.
///
/// Call `close` when done; until then sender and connections hold each other.
package final class WebhookSender {
    package let eventLoop: any EventLoop

    /// Connections that are open or being opened.
    package private(set) var openConnections = 0
    /// Connections opened so far.
    package private(set) var connectionsOpened = 0
    /// Requests written so far to a connection that had served another one.
    package private(set) var connectionsReused = 0
    /// Connections that wait for work.
    package var idleConnections: Int { pool.count }
    /// Attempts whose report is due.
    package var attemptsInFlight: Int { attempts.count }

    private let resolver: NameResolver
    private let policy: TargetPolicy
    private let connector: Connector
    private var pool: ConnectionPool
    private var attempts: [Attempt] = []
    private var nextSweep: (pace: SweepPace, task: Scheduled<Void>)?
    private var closing: (() -> Void)?

    package init(
        eventLoop: any EventLoop, resolver: NameResolver, policy: TargetPolicy, tls: NIOSSLContext,
        limits: SenderLimits = .init()
    ) {
        self.eventLoop = eventLoop
        self.resolver = resolver
        self.policy = policy
        connector = Connector(eventLoop: eventLoop, tls: tls)
        pool = ConnectionPool(limits: limits)
    }

    /// - Parameters:
    ///   - request: the complete HTTP/1.1 request, head and body, a POST, already assembled and signed.
    ///   - completion: called exactly once, on the event loop, never before `send` has returned.
    package func send(
        _ request: ByteBuffer, to target: WebhookURL, timeouts: AttemptTimeouts = .init(),
        completion: @escaping (AttemptReport) -> Void
    ) {
        eventLoop.preconditionInEventLoop()
        let now = NIODeadline.now()
        let attempt = Attempt(request: request, target: target, timeouts: timeouts, started: now, completion: completion)
        attempt.position = attempts.count
        attempts.append(attempt)
        sweep(at: .attempts)
        if closing != nil {
            finishLater(attempt, TransportFailure(.connectFailed, "the sender is closing"))
        } else if let connection = pool.take(for: target.origin) {
            attempt.connection = connection
            attempt.connectionReused = true
            attempt.enter(.awaitingFirstByte, at: now)
            connectionsReused += 1
            connection.write(attempt)
        } else {
            open(attempt)
        }
    }

    /// Closes connections that wait for work at once; attempts in flight go on until they end or their deadline passes, and
    /// their connections close with them. `completion` is called on the event loop when nothing is open any more.
    package func close(_ completion: @escaping () -> Void) {
        eventLoop.preconditionInEventLoop()
        let previous = closing
        closing = {
            previous?()
            completion()
        }
        for connection in pool.removeAll() { connection.close() }
        eventLoop.assumeIsolated().execute { self.completeClosing() }
    }

    // MARK: Opening

    private func open(_ attempt: Attempt) {
        if let refusal = policy.refusal(of: attempt.target) {
            return finishLater(attempt, TransportFailure(.addressForbidden, "\(refusal)"))
        }
        resolver.resolve(attempt.target.host, on: eventLoop).assumeIsolated().whenComplete { result in
            guard !attempt.isOver else { return }
            switch result {
            case .success(let addresses): self.connect(attempt, toOneOf: addresses)
            case .failure(let error):
                self.finishLater(attempt, TransportFailure(.nameNotResolved, "\(attempt.target.host): \(error)"))
            }
        }
    }

    private func connect(_ attempt: Attempt, toOneOf addresses: [IPAddress]) {
        let permitted = addresses.filter(policy.permits)
        guard !permitted.isEmpty else {
            // Not the address itself: whoever registers a URL must not learn what names of the inside resolve to.
            let verdict = addresses.first.map { policy.judge($0).rawValue } ?? "none"
            let text = "\(attempt.target.host) resolves to no address that is allowed (\(verdict))"
            return finishLater(attempt, TransportFailure(.addressForbidden, text))
        }
        attempt.enter(.connecting, at: .now())
        connect(attempt, to: permitted.prefix(Limits.addressesTried), lastFailure: nil)
    }

    /// One address after the other; each gets an equal share of the time that is left.
    private func connect(_ attempt: Attempt, to addresses: ArraySlice<IPAddress>, lastFailure: TransportFailure?) {
        let remaining = attempt.connectTimeRemaining(at: .now())
        guard let address = addresses.first, remaining > .zero else {
            return finishLater(attempt, lastFailure ?? TransportFailure(.connectTimedOut, "no time left to connect"))
        }
        let connection = Connection(for: attempt, sender: self)
        attempt.connection = connection
        openConnections += 1
        connectionsOpened += 1
        let timeout = TimeAmount.nanoseconds(max(1, remaining.nanoseconds / Int64(addresses.count)))
        connector.connect(connection, to: address, of: attempt.target, timeout: timeout).assumeIsolated().whenComplete {
            result in
            switch result {
            case .success where attempt.isOver:
                connection.close()
            case .success:
                switch attempt.target.scheme {
                case .http: self.connectionIsReady(connection, for: attempt)
                case .https: attempt.enter(.handshaking, at: .now())
                }
            case .failure(let error):
                connection.reportClosed()
                guard !attempt.isOver else { return }
                let failure = TransportFailure.connect(error, to: address, port: attempt.target.port)
                self.connect(attempt, to: addresses.dropFirst(), lastFailure: failure)
            }
        }
    }

    // MARK: Told by connections

    func connectionIsReady(_ connection: Connection, for attempt: Attempt) {
        attempt.enter(.awaitingFirstByte, at: .now())
        connection.write(attempt)
    }

    func connection(_ connection: Connection, finished attempt: Attempt, _ response: ReceiverResponse, isReusable: Bool) {
        let surplus = isReusable && closing == nil ? pool.put(connection, at: .now()) : [connection]
        for connection in surplus { connection.close() }
        finish(attempt, .responded(response))
    }

    /// It waited for work and got something else.
    func connectionIsSpoiled(_ connection: Connection) { pool.remove(connection) }

    /// The kept-alive connection was dead. Not one of its siblings, which may be dead as well: a new one.
    func reconnect(_ attempt: Attempt) {
        attempt.hasReconnected = true
        attempt.connectionReused = false
        attempt.connection = nil
        attempt.enter(.resolving, at: .now())
        open(attempt)
    }

    func connectionIsClosed(_ connection: Connection) {
        pool.remove(connection)
        openConnections -= 1
        completeClosing()
    }

    // MARK: Ending

    func finish(_ attempt: Attempt, _ outcome: AttemptOutcome) {
        guard let position = attempt.position else { return }
        attempt.position = nil
        attempt.connection = nil
        let last = attempts.removeLast()
        if last !== attempt {
            attempts[position] = last
            last.position = position
        }
        attempt.completion(attempt.report(outcome, at: .now()))
        completeClosing()
    }

    /// For what is known while `send` still runs: a caller that sends again from its completion must not recurse.
    private func finishLater(_ attempt: Attempt, _ failure: TransportFailure) {
        eventLoop.assumeIsolated().execute { self.finish(attempt, .failed(failure)) }
    }

    // MARK: Deadlines

    /// One pass over everything instead of a timer for each: attempts that are overdue, connections that waited too long.
    private func sweep(at pace: SweepPace) {
        if let nextSweep {
            guard pace.interval < nextSweep.pace.interval else { return }
            nextSweep.task.cancel()
        }
        nextSweep = (pace, eventLoop.assumeIsolated().scheduleTask(in: pace.interval) { self.sweepNow() })
    }

    private func sweepNow() {
        nextSweep = nil
        let now = NIODeadline.now()
        // Collected first: completions may send, and so change the list.
        let overdue = attempts.compactMap { attempt in attempt.overdue(at: now).map { (attempt, $0) } }
        for (attempt, failure) in overdue where !attempt.isOver {
            attempt.connection?.abandon()
            finish(attempt, .failed(failure))
        }
        for connection in pool.expire(at: now) { connection.close() }
        if !attempts.isEmpty {
            sweep(at: .attempts)
        } else if pool.count > 0 {
            sweep(at: .idleConnections)
        }
    }

    private func completeClosing() {
        guard openConnections == 0, attempts.isEmpty, let completion = closing else { return }
        closing = {}
        completion()
    }
}

/// How often there is something to look after; never, when nothing is in flight and no connection waits.
private enum SweepPace {
    case attempts
    case idleConnections

    var interval: TimeAmount {
        switch self {
        case .attempts: .milliseconds(50)
        case .idleConnections: .seconds(1)
        }
    }
}
