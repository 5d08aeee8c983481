import GodwitCore
import GodwitStore
import Logging
import NIOCore

/// What this node does about other nodes, and what they do about it.
extension DeliveryEngine {
    /// Whether this node is the one that has to know what waits for an endpoint.
    func isOurs(_ endpoint: Int64) -> Bool {
        let view = node.view
        guard !view.isAlone else { return view.role.delivers }
        guard let application = catalogue.endpoint(endpoint)?.endpoint.application else { return view.owns(endpoint) }
        let isLimited = catalogue.application(application)?.application.rateLimit.isNone == false
        return view.owns(isLimited ? application : endpoint)
    }

    /// Every node that is lost has known when something is due: those that are left look for it, each for its share.
    func recoverBacklog() async throws(StoreError) {
        noteBacklog(try await read { store throws(StoreError) in try store.backlog() })
    }

    private func noteBacklog(_ backlog: [(endpoint: Int64, due: Instant)]) {
        for (endpoint, due) in backlog where isOurs(endpoint) { noteWaiting(endpoint, due: due) }
    }

    func noteWaiting(_ endpoint: Int64, due: Instant) {
        let shard = shard(of: endpoint)
        shard.eventLoop.execute { shard.waiting(endpoint: endpoint, due: due) }
    }

    /// Notes that others left for us.
    func hear(_ wakes: [NumberedWake]) {
        guard !wakes.isEmpty else { return }
        for wake in wakes { noteWaiting(wake.wake.endpoint, due: wake.wake.due) }
        let numbers = wakes.map(\.number)
        submit(.node(.forgetWakes(numbers))) { [keeper] _ in keeper.forget(numbers) }
    }

    /// What others began, or what a node that is gone has left.
    func goOnWithWork() throws(StoreError) {
        for replay in try store.runningReplays() { step(replay, after: .zero) }
        for task in try store.runningTasks() { stepTask(task, after: .zero) }
    }
}

// MARK: - Nodes that are gone

extension DeliveryEngine {
    /// In bounded transactions; what is interrupted, whoever comes next completes.
    func takeOver(_ lease: Lease) {
        guard departures.begin(lease.rawValue) else { return }
        logger.notice("taking over from a node that is silent", metadata: ["lease": "\(lease.rawValue)"])
        Task {
            do throws(StoreError) {
                try await giveUp(lease, silentFor: Limits.nodeSilence)
            } catch {
                logger.warning("a silent node could not be taken over from yet", metadata: ["error": "\(error)"])
            }
            departures.end(lease.rawValue)
        }
    }

    /// In order: what is left is another's at once.
    func leave() async {
        do throws(StoreError) { try await giveUp(node.lease, silentFor: .zero) } catch {
            logger.warning("this node could not sign off; it will be taken for dead", metadata: ["error": "\(error)"])
        }
    }

    private func giveUp(_ lease: Lease, silentFor span: Duration) async throws(StoreError) {
        guard case .node(.givenUp(true)) = try await change(.node(.giveUp(lease, silentFor: span))) else { return }
        let limit = Limits.takenOverPerStep
        var taken = 0
        while case .node(.count(let count)) = try await change(.node(.takeOver(lease, limit: limit))) {
            taken += count
            if count < limit { break }
        }
        _ = try await change(.node(.remove(lease)))
        logger.info("a node has left", metadata: ["lease": "\(lease.rawValue)", "taken_over": "\(taken)"])
    }
}

// MARK: - Changes by others

extension DeliveryEngine {
    func readChanges() {
        guard let revision = keeper.beginReading() else { return }
        submit(.node(.readChanges(after: revision))) { [self] result in
            guard case .success(.node(.changes(let changes))) = result else { return keeper.endReading(nil) }
            keeper.endReading(changes.revision)
            if changes.hasMore { readChanges() }
        }
    }

    /// On the writer's thread, like what this node writes itself, so that nothing older overwrites what is newer.
    func apply(_ changes: CatalogueChanges) {
        for change in changes.changes {
            switch change {
            case .application(let application): putApplication(application)
            case .deletedApplication(let key):
                if let application = catalogue.application(key)?.application { removeApplication(application) }
            case .endpoint(let endpoint):
                let isNew = catalogue.endpoint(endpoint.id.key) == nil
                putEndpoint(endpoint)
                // Somebody may have left a note before we knew of it.
                if isNew, isOurs(endpoint.id.key) { noteWaiting(endpoint.id.key) }
            case .deletedEndpoint(let key): if catalogue.endpoint(key) != nil { removeEndpoint(key) }
            case .integration(let integration): access.apply(.integration(integration), at: clock.now)
            case .deletedIntegration(let key): access.removeIntegration(key)
            case .withdrawn(let delivery): withdraw([delivery])
            case .departed: readBacklog()
            case .learnt(let endpoint, let news, let lease): if lease != node.lease { heard(news, of: endpoint) }
            }
        }
    }

    func heard(_ news: EndpointNews, of endpoint: Int64) {
        let shard = shard(of: endpoint)
        shard.eventLoop.execute { shard.heard(news, of: endpoint) }
    }

    /// If it can't be written, the others learn it by themselves.
    func spread(_ news: EndpointNews, of endpoint: Int64) {
        guard store.isShared else { return }
        submit(.node(.tell(endpoint: endpoint, news, by: node.lease))) { [logger] result in
            guard case .failure(let error) = result else { return }
            logger.debug("other nodes could not be told", metadata: ["error": "\(error)"])
        }
    }

    private func readBacklog() {
        Task {
            do throws(StoreError) { try await recoverBacklog() } catch {
                logger.warning("the backlog could not be read yet", metadata: ["error": "\(error)"])
                _ = shards[0].eventLoop.scheduleTask(in: DeliveryShard.rewriteDelay) { self.readBacklog() }
            }
        }
    }

    /// After a time out of touch. Blocks.
    ///
    /// - Returns: from where on changes have to be read.
    func reload() throws(StoreError) -> Int64 {
        // What is known is committed: if it is missing in what is read after this, it was deleted.
        let former = catalogue.allKeys
        let revision = try store.revision()
        let applications = try store.allApplications()
        let endpoints = try store.allEndpoints()
        access.put(try store.allIntegrations())
        for application in applications { putApplication(application) }
        for endpoint in endpoints { putEndpoint(endpoint) }
        for key in former.endpoints.subtracting(endpoints.map(\.id.key)) { removeEndpoint(key) }
        for key in former.applications.subtracting(applications.map(\.id.key)) {
            if let application = catalogue.application(key)?.application { removeApplication(application) }
        }
        noteBacklog(try store.backlog())
        return revision
    }
}
