import GodwitCore
import GodwitStore

/// A connection to a database that other nodes write to as well.
package protocol SharedConnection: SQLConnection {}

extension SharedConnection {
    /// At the beginning of a transaction: makes sure that the leases that it puts something into the hands of stand until it ends.
    func hold(_ commands: [WriteCommand]) throws(StoreError) {
        for lease in Set(commands.flatMap(\.beneficiaries)) {
            try allLater(HoldLease(lease: lease)) { held throws(StoreError) in
                guard !held.isEmpty else { throw StoreError(.unavailable, "this node was given up") }
            }
        }
    }

    /// Tells other nodes, once the transaction is committed.
    func note(_ subjects: [ChangeSubject], at now: Instant) throws(StoreError) {
        for subject in subjects { try runLater(InsertChange(subject: subject, now: now)) }
        if !subjects.isEmpty { try runLater(Notify()) }
    }

    func change(_ command: NodeCommand, at now: Instant) throws(StoreError) -> NodeResult {
        switch command {
        case .wake(let wakes):
            for wake in wakes { try runInBatch(UpsertWake(wake: wake)) }
            try runLater(Notify())
            return .done
        case .tell: return .done
        case .forgetWakes(let numbers):
            try run(DeleteWakes(numbers: numbers))
            return .done
        case .readChanges(let revision):
            let read = try all(ChangesAfter(revision: revision, limit: Limits.changesRead + 1))
            var changes: [CatalogueChange] = []
            for subject in read.prefix(Limits.changesRead).compactMap(\.subject) { changes.append(try state(of: subject)) }
            return .changes(
                CatalogueChanges(
                    changes: changes, revision: read.prefix(Limits.changesRead).last?.revision ?? revision,
                    hasMore: read.count > Limits.changesRead))
        case .forgetChanges(let before, let limit):
            return .count(try run(ForgetChanges(before: before, limit: limit)))
        case .giveUp(let lease, let span):
            // Whoever puts something into its hands at this moment ends first.
            guard try first(LockLease(lease: lease)) != nil else { return .givenUp(true) }
            try run(GiveUpLease(lease: lease, silence: span))
            return .givenUp(try first(LeaseIsGivenUp(lease: lease)) ?? true)
        case .takeOver(let lease, let limit):
            return .count(try run(TakeOverLease(lease: lease, now: now, limit: limit)))
        case .remove(let lease):
            try run(RemoveLease(lease: lease))
            return .done
        }
    }

    private func state(of subject: ChangeSubject) throws(StoreError) -> CatalogueChange {
        switch subject {
        case .application(let key):
            try first(FindAnyApplication(key: key)).map { .application($0) } ?? .deletedApplication(key)
        case .endpoint(let key): try first(FindEndpointByKey(key: key)).map { .endpoint($0) } ?? .deletedEndpoint(key)
        case .integration(let key):
            try first(FindIntegrationByKey(key: key)).map { .integration($0) } ?? .deletedIntegration(key)
        case .withdrawn(let delivery): .withdrawn(delivery)
        case .departed(let lease): .departed(lease)
        case .learnt(let endpoint, let news, let lease): .learnt(endpoint: endpoint, news, by: lease)
        }
    }
}

extension NodeCommand {
    /// Of a store that one node has for itself.
    var answerAlone: NodeResult {
        switch self {
        case .wake, .forgetWakes, .remove, .tell: .done
        case .readChanges(let revision): .changes(CatalogueChanges(changes: [], revision: revision, hasMore: false))
        case .forgetChanges, .takeOver: .count(0)
        case .giveUp: .givenUp(false)
        }
    }
}
