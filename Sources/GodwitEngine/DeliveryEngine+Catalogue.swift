package import GodwitCore
package import GodwitStore
import Logging
import NIOCore

/// Changes of what is registered. Each is durable when it returns, and the catalogue and the shards know of it by then.
extension DeliveryEngine {
    package func change(_ command: CatalogCommand) async throws(StoreError) -> CatalogResult {
        let result: Result<CatalogResult, StoreError> = await withCheckedContinuation { continuation in
            committer.submit([job(command) { continuation.resume(returning: $0) }])
        }
        return try result.get()
    }

    /// Its uid is free at once, nothing further is sent to it, and what still waited is cancelled.
    package func deleteEndpoint(application: Int64, _ reference: Reference) async throws(StoreError) {
        if case .endpoint(let endpoint) = try await change(.deleteEndpoint(application: application, reference)) {
            await cancelWaiting(endpoint.id.key)
        }
    }

    /// Deletes its endpoints too.
    package func deleteApplication(_ organization: OrganizationID, _ reference: Reference) async throws(StoreError) {
        if case .deletedApplication(_, let endpoints) = try await change(.deleteApplication(organization, reference)) {
            for endpoint in endpoints { await cancelWaiting(endpoint) }
        }
    }

    /// Asks for one more attempt, now. It doesn't replace attempts that are due later.
    package func resend(_ key: DeliveryKey) async throws(StoreError) -> DeliveryStateMachine.ResendAction {
        guard case .resend(let action) = try await change(.resend(key)) else { return .refused }
        if action == .due {
            let shard = shard(of: key.endpoint)
            let now = clock.now
            shard.eventLoop.execute { shard.waiting(endpoint: key.endpoint, due: now) }
        }
        return action
    }

    /// Nothing is sent to a deleted endpoint any more; this tidies up what still waits for it, in bounded batches, so that a
    /// million waiting deliveries don't hold up the writer. When the store refuses, it goes on later by itself: whoever asked for
    /// the deletion has it.
    func cancelWaiting(_ endpoint: Int64) async {
        await withCheckedContinuation { continuation in cancelWaiting(endpoint) { continuation.resume() } }
    }

    func cancelWaiting(_ endpoint: Int64, then done: @escaping @Sendable () -> Void) {
        let batch = Limits.transactionCommands
        committer.submit([
            job(.cancelWaiting(endpoint: endpoint, limit: batch)) { [self] result in
                switch result {
                case .success(.count(batch)): cancelWaiting(endpoint, then: done)
                case .success: done()
                case .failure(let error):
                    logger.warning("deliveries could not be cancelled yet", metadata: ["error": "\(error)"])
                    _ = shard(of: endpoint).eventLoop.scheduleTask(in: DeliveryShard.rewriteDelay) {
                        self.cancelWaiting(endpoint) {}
                    }
                    done()
                }
            }
        ])
    }

    /// A receiver answered that it is gone for good, or did nothing but fail for too long. When the store refuses, it is asked
    /// again: until then the engine sends nothing to the endpoint while the API calls it enabled.
    ///
    /// - Parameter url: where that was. An endpoint that was given another URL meanwhile is not disabled.
    /// - Parameter failing: only if other nodes had nothing but failures either.
    func disable(_ endpoint: Int64, at url: String, _ reason: Disablement.Reason, _ failing: FailingSpan?) {
        guard let failing else { return disable(endpoint, at: url, reason) }
        unlessAnsweredElsewhere(endpoint, failing) { [self] in disable(endpoint, at: url, reason) }
    }

    func announceDisabling(_ endpoint: Int64, _ failing: FailingSpan, at moment: Instant) {
        unlessAnsweredElsewhere(endpoint, failing) { [self] in
            tell(.failing(endpoint: endpoint, since: failing.since, disabledAt: moment))
        }
    }

    /// Each node knows its own attempts; what all of them counted is in the store.
    private func unlessAnsweredElsewhere(_ endpoint: Int64, _ failing: FailingSpan, then act: @escaping @Sendable () -> Void) {
        guard store.isShared else { return act() }
        Task {
            // From the first whole minute on: ours was the last answer before it.
            let minutes =
                failing.since.minutesSince1970 + 1..<max(failing.since.minutesSince1970, clock.now.minutesSince1970) + 1
            let counted: EndpointCounters
            do throws(StoreError) {
                counted = try await read { store throws(StoreError) in
                    try store.statistics(endpoint: endpoint, minutes: minutes)
                }
            } catch {
                // What isn't known is not a no: until it is, the engine leaves the endpoint as it is.
                logger.warning("what other nodes were answered can't be read yet", metadata: ["error": "\(error)"])
                _ = shard(of: endpoint).eventLoop.scheduleTask(in: DeliveryShard.rewriteDelay) {
                    self.unlessAnsweredElsewhere(endpoint, failing, then: act)
                }
                return
            }
            guard counted.attemptsSucceeded > 0 else { return act() }
            logger.info("an endpoint that fails here answers another node", metadata: ["endpoint.key": "\(endpoint)"])
            heard(.answers, of: endpoint)
            noteFailing(endpoint, nil)
        }
    }

    private func disable(_ endpoint: Int64, at url: String, _ reason: Disablement.Reason) {
        let disablement = Disablement(at: clock.now, reason: reason)
        let command = CatalogCommand.changeEndpointByKey(endpoint) { endpoint in
            guard !endpoint.disabled, (try? WebhookURL(endpoint.url))?.description == url else { return }
            endpoint.disabled = true
            endpoint.disablement = disablement
            endpoint.updatedAt = disablement.at
        }
        keepTrying(command, on: endpoint, "endpoint could not be disabled yet") { [self] changed in
            guard changed.disablement == disablement else { return }
            logger.notice(
                "endpoint disabled", metadata: ["endpoint.id": "\(changed.id)", "reason": "\(reason.rawValue)"])
            tell(.disabled(endpoint: endpoint, disablement))
        }
    }

    func noteFailing(_ endpoint: Int64, _ span: FailingSpan?) {
        let command = CatalogCommand.changeEndpointByKey(endpoint) { if !$0.disabled { $0.failing = span } }
        keepTrying(command, on: endpoint, "a failing endpoint could not be noted yet") { _ in }
    }

    private func keepTrying(
        _ command: CatalogCommand, on endpoint: Int64, _ complaint: Logger.Message,
        then done: @escaping @Sendable (Endpoint) -> Void
    ) {
        committer.submit([
            job(command) { [self] result in
                switch result {
                case .success(.endpoint(let changed)): done(changed)
                case .success: break
                case .failure(let error) where error.code == .notFound: break
                case .failure(let error):
                    logger.warning(complaint, metadata: ["error": "\(error)"])
                    _ = shard(of: endpoint).eventLoop.scheduleTask(in: DeliveryShard.rewriteDelay) {
                        self.keepTrying(command, on: endpoint, complaint, then: done)
                    }
                }
            }
        ])
    }

    func submit(
        _ command: CatalogCommand, completion: @escaping @Sendable (Result<CatalogResult, StoreError>) -> Void
    ) {
        committer.submit([job(command, completion: completion)])
    }

    private func job(
        _ command: CatalogCommand, completion: @escaping @Sendable (Result<CatalogResult, StoreError>) -> Void
    ) -> WriteJob {
        WriteJob(.catalog(command)) { result in
            switch result {
            case .failure(let error): completion(.failure(error))
            case .success(.catalog(let result)):
                if case .success(let change) = result { self.apply(change, of: command) }
                completion(result)
            case .success:
                completion(.failure(StoreError(.unusable, "the store answered a change with something else")))
            }
        }
    }

    /// On the writer's thread, so that the catalogue changes in the order of the commits.
    private func apply(_ result: CatalogResult, of command: CatalogCommand) {
        switch result {
        case .application(let application): putApplication(application)
        case .endpoint(let endpoint):
            apply(endpoint, of: command)
        case .deletedApplication(let application, let endpoints):
            for endpoint in endpoints { removeEndpoint(endpoint) }
            removeApplication(application)
        case .token(let result): access.apply(result, at: clock.now)
        case .replay(let replay): feeds.notify(replay.endpoint)
        case .node(.changes(let changes)): apply(changes)
        case .done, .eventType, .count, .resend, .setting, .cancelledMessage, .consumer, .content, .task, .retention, .node:
            break
        }
    }

    private func apply(_ endpoint: Endpoint, of command: CatalogCommand) {
        let key = endpoint.id.key
        switch command {
        case .deleteEndpoint:
            // While the catalogue still knows whose it was.
            tell(.changed(endpoint: key, .deleted))
            removeEndpoint(key)
        case .insertEndpoint:
            putEndpoint(endpoint)
            tell(.changed(endpoint: key, .created))
        case .changeEndpoint:
            let former = catalogue.endpoint(key)?.endpoint
            putEndpoint(endpoint)
            for event in OperationalEvent.of(former ?? endpoint, endpoint) { tell(event) }
        default: putEndpoint(endpoint)
        }
    }

    func putApplication(_ application: Application) {
        let formerLimit = catalogue.application(application.id.key)?.application.rateLimit ?? .none
        catalogue.put(application)
        if formerLimit != application.rateLimit { setLimit(application.id.key, application.rateLimit) }
    }

    func removeApplication(_ application: Application) {
        catalogue.removeApplication(application)
        access.removeIntegrations(ofApplication: application.id.key)
        setLimit(application.id.key, .none)
    }

    private func setLimit(_ application: Int64, _ limit: RateLimit) {
        let isLimited = limits.set(application, limit, on: shards[0].eventLoop)
        for shard in shards { shard.eventLoop.execute { shard.setLimited(application, isLimited) } }
    }

    /// Deliveries of later commits reach the shard after this, so they find the endpoint prepared.
    func putEndpoint(_ endpoint: Endpoint) {
        let entry = catalogue.put(endpoint)
        let shard = shard(of: entry.key)
        shard.eventLoop.execute { shard.put(entry) }
    }

    func removeEndpoint(_ key: Int64) {
        catalogue.removeEndpoint(key)
        feeds.notify(key)
        let shard = shard(of: key)
        shard.eventLoop.execute { shard.remove(endpoint: key) }
    }
}
