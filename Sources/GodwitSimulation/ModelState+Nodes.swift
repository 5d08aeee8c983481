import GodwitCore
import GodwitStore

/// The nodes that share the store, and what they tell each other through it.
struct ModelNodes {
    struct Row {
        var role: NodeRole
        var renewedAt: Instant
        var isGivenUp = false
    }

    struct Change {
        let revision: Int64
        let subject: ChangeSubject
        let at: Instant
    }

    var isShared = false
    var lastLease: Int64 = 0
    var rows: [Int64: Row] = [:]
    var changes: [Change] = []
    var revision: Int64 = 0
    /// By endpoint: one note says it all.
    var wakes: [Int64: NumberedWake] = [:]
    var lastWake: Int64 = 0

    mutating func note(_ subjects: [ChangeSubject], at now: Instant) {
        for subject in subjects where isShared {
            revision += 1
            changes.append(Change(revision: revision, subject: subject, at: now))
        }
    }
}

extension ModelState {
    mutating func begin(_ role: NodeRole, isShared: Bool, at now: Instant) throws(StoreError) -> Lease {
        guard nodes.rows.count < Limits.nodes || !isShared else {
            throw StoreError(.unavailable, "\(Limits.nodes) nodes use this store")
        }
        repeat { nodes.lastLease += 1 } while nodes.rows.keys.contains { $0 % Int64(Limits.nodes) == nodes.slot }
        let lease = Lease(rawValue: nodes.lastLease)
        if !isShared {
            nodes.rows = [:]
            _ = takeOver(at: now) { _ in true }
        }
        nodes.rows[lease.rawValue] = ModelNodes.Row(role: role, renewedAt: now)
        return lease
    }

    func isAlive(_ leases: Set<Lease>) -> Bool {
        leases.allSatisfy { nodes.rows[$0.rawValue].map { !$0.isGivenUp } ?? false }
    }

    mutating func renew(_ lease: Lease, as role: NodeRole, at now: Instant) -> [Node]? {
        guard isAlive([lease]) else { return nil }
        nodes.rows[lease.rawValue]?.renewedAt = now
        nodes.rows[lease.rawValue]?.role = role
        return nodes.rows.sorted { $0.key < $1.key }.map { key, row in
            Node(
                lease: Lease(rawValue: key), role: row.role, silence: now - row.renewedAt,
                sign: row.renewedAt.millisecondsSince1970, isGivenUp: row.isGivenUp)
        }
    }

    mutating func change(_ command: NodeCommand, at now: Instant) -> NodeResult {
        guard nodes.isShared else {
            switch command {
            case .wake, .forgetWakes, .remove, .tell: return .done
            case .readChanges(let revision):
                return .changes(CatalogueChanges(changes: [], revision: revision, hasMore: false))
            case .forgetChanges, .takeOver: return .count(0)
            case .giveUp: return .givenUp(false)
            }
        }
        switch command {
        case .wake(let wakes):
            for wake in wakes {
                nodes.lastWake += 1
                let due = min(wake.due, nodes.wakes[wake.endpoint]?.wake.due ?? wake.due)
                nodes.wakes[wake.endpoint] = NumberedWake(
                    number: nodes.lastWake, wake: Wake(endpoint: wake.endpoint, due: due))
            }
            return .done
        case .tell: return .done
        case .forgetWakes(let numbers):
            nodes.wakes = nodes.wakes.filter { !numbers.contains($0.value.number) }
            return .done
        case .readChanges(let revision):
            let changes = nodes.changes.filter { $0.revision > revision }
            let read = changes.prefix(Limits.changesRead)
            return .changes(
                CatalogueChanges(
                    changes: read.map { change($0.subject) }, revision: read.last?.revision ?? revision,
                    hasMore: read.count < changes.count))
        case .forgetChanges(let before, let limit):
            let old = nodes.changes.prefix { $0.at < before }.prefix(limit).count
            nodes.changes.removeFirst(old)
            return .count(old)
        case .giveUp(let lease, let span):
            guard let row = nodes.rows[lease.rawValue] else { return .givenUp(true) }
            let isGivenUp = row.isGivenUp || now - row.renewedAt >= span
            nodes.rows[lease.rawValue]?.isGivenUp = isGivenUp
            return .givenUp(isGivenUp)
        case .takeOver(let lease, let limit):
            guard !isAlive([lease]) else { return .count(0) }
            return .count(takeOver(limit: limit, at: now) { $0 == lease })
        case .remove(let lease):
            if nodes.rows[lease.rawValue]?.isGivenUp == true { nodes.rows[lease.rawValue] = nil }
            return .done
        }
    }

    private func change(_ subject: ChangeSubject) -> CatalogueChange {
        switch subject {
        case .application(let key):
            applications[key].flatMap { $0.isDeleted ? nil : .application($0.value) } ?? .deletedApplication(key)
        case .endpoint(let key): endpoint(key).map { .endpoint($0) } ?? .deletedEndpoint(key)
        case .integration(let key): access.integrations[key].map { .integration($0) } ?? .deletedIntegration(key)
        case .withdrawn(let delivery): .withdrawn(delivery)
        case .departed(let lease): .departed(lease)
        case .learnt(let endpoint, let news, let lease): .learnt(endpoint: endpoint, news, by: lease)
        }
    }
}

extension ModelNodes {
    fileprivate var slot: Int64 { Lease(rawValue: lastLease).slot }
}
