package import GodwitCore
package import NIOCore

/// Sends requests over kept-alive connections, HTTP/2 where the receiver chooses it and HTTP/1.1 elsewhere, all on one event
/// loop: connections, attempts and results of one sender are touched by one thread only, so there are no locks, tasks or timers
/// per request.
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

    private let connector: Connector
    private let limits: SenderLimits
    private var pool: ConnectionPool
    private var streamConnections = StreamConnections()
    private var streamQueue = StreamQueue()
    private var protocols = ProtocolMemory()
    /// Being opened, for all attempts to an origin that may choose HTTP/2.
    private var openings: [WebhookURL.Origin: ConnectionOpening] = [:]
    private var attempts: [Attempt] = []
    private var nextSweep: (pace: SweepPace, task: Scheduled<Void>)?
    private var closing: (() -> Void)?

    /// - Parameter proxy: asked to connect to the addresses that the policy permits.
    package init(
        eventLoop: any EventLoop, resolver: NameResolver, policy: TargetPolicy, tls: TLSClientContext,
        limits: SenderLimits = .init(), proxy: ProxyConfiguration? = nil
    ) {
        self.eventLoop = eventLoop
        self.limits = limits
        connector = Connector(eventLoop: eventLoop, resolver: resolver, policy: policy, proxy: proxy, tls: tls)
        pool = ConnectionPool(limits: limits)
    }

    /// - Parameters:
    ///   - request: the complete HTTP/1.1 request, head and body, a POST, already assembled and signed.
    ///   - bodyBytesKept: how much of the response's body the report holds, within `Limits.responseBodyBytesKeptMax`.
    ///   - completion: called exactly once, on the event loop, never before `send` has returned.
    package func send(
        _ request: ByteBuffer, to target: WebhookURL, timeouts: AttemptTimeouts = .init(),
        bodyBytesKept: Int = Limits.responseBodyBytesKept, completion: @escaping (AttemptReport) -> Void
    ) {
        eventLoop.preconditionInEventLoop()
        let now = NIODeadline.now()
        let attempt = Attempt(
            request: request, target: target, timeouts: timeouts, bodyBytesKept: bodyBytesKept, started: now,
            completion: completion)
        attempt.position = attempts.count
        attempts.append(attempt)
        sweep(at: .attempts)
        if closing != nil {
            finishLater(attempt, TransportFailure(.connectFailed, "the sender is closing"))
        } else {
            sendOn(attempt, at: now)
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

    // MARK: Finding a connection

    private func sendOn(_ attempt: Attempt, at now: NIODeadline) {
        if let connection = connection(for: attempt.target.origin, at: now) {
            attempt.connectionReused = true
            write(attempt, to: connection, at: now)
        } else {
            open(attempt)
        }
    }

    /// One that stands and has room.
    private func connection(for origin: WebhookURL.Origin, at now: NIODeadline) -> (any PooledConnection)? {
        guard !streamConnections.isEmpty, origin.scheme == .https else { return pool.take(for: origin) }
        while let connection = streamConnections.connection(for: origin) {
            if now - connection.openedAt < limits.lifetime { return connection }
            connection.drain()
        }
        return pool.take(for: origin)
    }

    private func write(_ attempt: Attempt, to connection: any PooledConnection, at now: NIODeadline) {
        attempt.carrier = connection
        attempt.enter(.awaitingFirstByte, at: now)
        if attempt.connectionReused { connectionsReused += 1 }
        connection.write(attempt)
    }

    /// A fresh connection; where the receiver may choose HTTP/2, one for all that come while it is being opened.
    private func open(_ attempt: Attempt) {
        let origin = attempt.target.origin
        guard origin.scheme == .https, !protocols.speaksHTTP1(origin) else { return openAlone(attempt) }
        if let opening = openings[origin] {
            opening.join(attempt)
        } else if streamConnections.count(for: origin) < Limits.streamConnectionsPerOrigin {
            let opening = ConnectionOpening(for: attempt, connector: connector, sender: self)
            openings[origin] = opening
            opening.start()
        } else {
            attempt.carrier = nil
            attempt.enter(.waiting, at: .now())
            streamQueue.append(attempt)
        }
    }

    private func openAlone(_ attempt: Attempt) {
        ConnectionOpening(for: attempt, connector: connector, sender: self).start()
    }

    /// The kept-alive connection was dead, or the receiver refused the stream. Not one of its siblings, which may be dead as
    /// well: a new one.
    func reconnect(_ attempt: Attempt) {
        attempt.reconnect(at: .now())
        open(attempt)
    }

    // MARK: Told by openings

    func connectionOpens() {
        openConnections += 1
        connectionsOpened += 1
    }

    func connectionIsClosed() {
        openConnections -= 1
        completeClosing()
    }

    func openingEnds(_ opening: ConnectionOpening) {
        if openings[opening.target.origin] === opening { openings[opening.target.origin] = nil }
    }

    func opening(_ opening: ConnectionOpening, madeReady connection: HTTP1Connection) {
        if opening.target.scheme == .https { protocols.remember(connection.origin, speaksHTTP1: true) }
        let attempts = opening.attemptsWaiting
        if let first = attempts.first { write(first, to: connection, at: .now()) } else { connection.close() }
        for attempt in attempts.dropFirst() {
            attempt.leaveOpening(at: .now())
            openAlone(attempt)
        }
        serveQueue(of: connection.origin)
    }

    func opening(_ opening: ConnectionOpening, madeReady connection: HTTP2Connection) {
        protocols.remember(connection.origin, speaksHTTP1: false)
        let attempts = opening.attemptsWaiting
        for (index, attempt) in attempts.enumerated() {
            let now = NIODeadline.now()
            if connection.hasRoom {
                attempt.connectionReused = index > 0
                write(attempt, to: connection, at: now)
            } else {
                attempt.leaveOpening(at: now)
                sendOn(attempt, at: now)
            }
        }
        if attempts.isEmpty { lastStreamEnded(connection) }
        serveQueue(of: connection.origin)
    }

    // MARK: Told by connections

    func connection(_ connection: HTTP1Connection, finished attempt: Attempt, _ response: ReceiverResponse, isReusable: Bool) {
        if isReusable { putBack(connection) } else { connection.close() }
        finish(attempt, .responded(response))
    }

    /// It waited for work and got something else.
    func connectionIsSpoiled(_ connection: any PooledConnection) { pool.remove(connection) }

    func firstStreamBegins(_ connection: HTTP2Connection) { streamConnections.add(connection) }

    func streamEnded(_ connection: HTTP2Connection) { serveQueue(of: connection.origin) }

    func lastStreamEnded(_ connection: HTTP2Connection) {
        streamConnections.remove(connection)
        pool.remove(connection)
        putBack(connection)
        serveQueue(of: connection.origin)
    }

    /// It takes no further streams.
    func connectionDrains(_ connection: HTTP2Connection) {
        streamConnections.remove(connection)
        pool.remove(connection)
        serveQueue(of: connection.origin)
    }

    /// The receiver chose HTTP/2 and then refused it: from now on it isn't offered.
    func http1IsRequired(_ connection: HTTP2Connection) {
        protocols.requireHTTP1(connection.origin)
        connection.drain()
    }

    func mayOfferHTTP2(to origin: WebhookURL.Origin) -> Bool { !protocols.requiresHTTP1(origin) }

    private func putBack(_ connection: any PooledConnection) {
        let surplus = closing == nil ? pool.put(connection, at: .now()) : [connection]
        for connection in surplus { connection.close() }
    }

    /// A stream has become free, or another connection may be opened.
    private func serveQueue(of origin: WebhookURL.Origin) {
        while let attempt = streamQueue.popFirst(for: origin) {
            let now = NIODeadline.now()
            if let connection = connection(for: origin, at: now) {
                attempt.connectionReused = true
                write(attempt, to: connection, at: now)
            } else if mayOpen(origin) {
                attempt.enter(.resolving, at: now)
                open(attempt)
            } else {
                return streamQueue.prepend(attempt)
            }
        }
        // No need to wait for what is being opened.
        while !openings.isEmpty, let opening = openings[origin], opening.hasSeveral,
            let connection = streamConnections.connection(for: origin),
            let attempt = opening.release()
        {
            let now = NIODeadline.now()
            attempt.leaveOpening(at: now)
            attempt.connectionReused = true
            write(attempt, to: connection, at: now)
        }
    }

    private func mayOpen(_ origin: WebhookURL.Origin) -> Bool {
        openings[origin] != nil || streamConnections.count(for: origin) < Limits.streamConnectionsPerOrigin
            || protocols.speaksHTTP1(origin)
    }

    // MARK: Ending

    func finish(_ attempt: Attempt, _ outcome: AttemptOutcome) {
        guard let position = attempt.position else { return }
        attempt.position = nil
        attempt.carrier = nil
        let last = attempts.removeLast()
        if last !== attempt {
            attempts[position] = last
            last.position = position
        }
        attempt.completion(attempt.report(outcome, at: .now()))
        completeClosing()
    }

    /// For what is known while `send` still runs: a caller that sends again from its completion must not recurse.
    func finishLater(_ attempt: Attempt, _ failure: TransportFailure) {
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
            attempt.carrier?.abandon(attempt)
            finish(attempt, .failed(failure))
        }
        streamQueue.tidy()
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
