import GodwitCore
import NIOCore

/// One connection while it is being opened, and the attempts that wait for it: one attempt, if each needs a connection of its
/// own; all attempts to an https origin, as long as it may choose HTTP/2. Each keeps its own deadlines, and the opening goes on
/// until the last of them is over.
final class ConnectionOpening: AttemptCarrier {
    let target: WebhookURL

    private let connector: Connector
    private let sender: WebhookSender
    private var attempts: [Attempt]
    private var phase = Attempt.Phase.resolving
    private var handler: OpeningHandler?
    private var isOver = false

    init(for attempt: Attempt, connector: Connector, sender: WebhookSender) {
        target = attempt.target
        attempts = [attempt]
        self.connector = connector
        self.sender = sender
        attempt.carrier = self
    }

    var attemptsWaiting: [Attempt] { attempts.filter { !$0.isOver } }

    func join(_ attempt: Attempt) {
        attempts.append(attempt)
        attempt.carrier = self
        attempt.enter(phase, at: .now())
    }

    /// Whether one may go elsewhere and there is still one for whom the connection is opened.
    var hasSeveral: Bool { attempts.lazy.filter { !$0.isOver }.prefix(2).count == 2 }

    /// Lets go of the one that came first.
    func release() -> Attempt? {
        guard let index = attempts.firstIndex(where: { !$0.isOver }) else { return nil }
        return attempts.remove(at: index)
    }

    func abandon(_ attempt: Attempt) {
        guard !attempts.contains(where: { $0 !== attempt && !$0.isOver }) else { return }
        let handler = handler
        end()
        handler?.close()
    }

    // MARK: Resolving and judging

    func start() {
        if let refusal = connector.policy.refusal(of: target) {
            return fail(TransportFailure(.addressForbidden, "\(refusal)"))
        }
        connector.resolver.resolve(target.host, on: connector.eventLoop).assumeIsolated().whenComplete { result in
            switch result {
            case .success(let addresses): self.judge(addresses)
            case .failure(let error):
                self.fail(TransportFailure(.nameNotResolved, "\(self.target.host): \(error)"))
            }
        }
    }

    private func judge(_ addresses: [IPAddress]) {
        guard !isOver else { return }
        let permitted = addresses.filter(connector.policy.permits)
        guard !permitted.isEmpty else {
            // Not the address itself: whoever registers a URL must not learn what names of the inside resolve to.
            let verdict = addresses.first.map { connector.policy.judge($0).rawValue } ?? "none"
            let text = "\(target.host) resolves to no address that is allowed (\(verdict))"
            return fail(TransportFailure(.addressForbidden, text))
        }
        guard let proxy = connector.proxy, permitted.contains(where: { proxy.serves(target.host, at: $0) }) else {
            return connect(by: permitted.map { Route(to: $0, port: target.port) })
        }
        connector.resolver.resolve(proxy.host, on: connector.eventLoop).assumeIsolated().whenComplete { result in
            switch result {
            case .success(let proxies):
                self.connect(by: permitted.flatMap { self.routes(to: $0, through: proxy, at: proxies) })
            case .failure:
                self.fail(TransportFailure(.proxyFailed, "the name of the outgoing proxy doesn't resolve"))
            }
        }
    }

    private func routes(to address: IPAddress, through proxy: ProxyConfiguration, at proxies: [IPAddress]) -> [Route] {
        guard proxy.serves(target.host, at: address) else { return [Route(to: address, port: target.port)] }
        return proxies.map { Route(to: address, port: target.port, through: proxy, at: $0) }
    }

    // MARK: Connecting

    private func connect(by routes: [Route]) {
        guard !isOver else { return }
        enter(.connecting)
        connect(by: routes.prefix(Limits.addressesTried), lastFailure: nil)
    }

    /// One route after the other; each gets an equal share of the time that is left.
    private func connect(by routes: ArraySlice<Route>, lastFailure: TransportFailure?) {
        guard !isOver else { return }
        let now = NIODeadline.now()
        let remaining = attemptsWaiting.map { $0.connectTimeRemaining(at: now) }.max() ?? .zero
        guard let route = routes.first, remaining > .zero else {
            return fail(lastFailure ?? TransportFailure(.connectTimedOut, "no time left to connect"))
        }
        let handler = OpeningHandler(self, route: route, connector: connector, sender: sender) { failure in
            // The proxy may reach another address.
            self.enter(.connecting)
            self.connect(by: routes.dropFirst(), lastFailure: failure)
        }
        self.handler = handler
        sender.connectionOpens()
        let timeout = TimeAmount.nanoseconds(max(1, remaining.nanoseconds / Int64(routes.count)))
        connector.connect(handler, by: route, timeout: timeout).assumeIsolated().whenFailure { error in
            self.sender.connectionIsClosed()
            self.connect(by: routes.dropFirst(), lastFailure: TransportFailure.connect(error, by: route))
        }
    }

    // MARK: Told by the handlers

    func enter(_ next: Attempt.Phase) {
        guard next != phase else { return }
        phase = next
        let now = NIODeadline.now()
        for attempt in attempts where !attempt.isOver { attempt.enter(next, at: now) }
    }

    func ready(_ connection: HTTP1Connection) {
        guard end() else { return connection.close() }
        sender.opening(self, madeReady: connection)
    }

    func ready(_ connection: HTTP2Connection) {
        guard end() else { return connection.close() }
        sender.opening(self, madeReady: connection)
    }

    /// Later, since what is known while `send` still runs must not be told before it has returned.
    func fail(_ failure: TransportFailure) {
        guard end() else { return }
        connector.eventLoop.assumeIsolated().execute {
            for attempt in self.attemptsWaiting { self.sender.finish(attempt, .failed(failure)) }
        }
    }

    /// - Returns: false when it had ended before.
    @discardableResult
    private func end() -> Bool {
        guard !isOver else { return false }
        isOver = true
        handler = nil
        sender.openingEnds(self)
        return true
    }
}
