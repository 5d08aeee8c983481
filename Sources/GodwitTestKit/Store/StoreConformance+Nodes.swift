import GodwitCore
import GodwitStore
import Testing

extension StoreScene {
    /// Answered by a number.
    func nodeCount(of command: NodeCommand) throws -> Int {
        guard case .node(.count(let count)) = try change(.node(command)) else {
            throw StoreError(.unusable, "a node's command was not answered with a count")
        }
        return count
    }

    func isGivenUp(_ lease: Lease, silentFor span: Duration) throws -> Bool {
        guard case .node(.givenUp(let isGivenUp)) = try change(.node(.giveUp(lease, silentFor: span))) else {
            throw StoreError(.unusable, "a lease was not answered as one")
        }
        return isGivenUp
    }

    func changes(after revision: Int64) throws -> CatalogueChanges {
        guard case .node(.changes(let changes)) = try change(.node(.readChanges(after: revision))) else {
            throw StoreError(.unusable, "changes were not answered as such")
        }
        return changes
    }
}

extension StoreConformance {
    package static func leasesAreNeverGivenTwice(_ factory: StoreFactory) throws {
        let scene = try StoreScene(factory)
        var leases = [scene.lease]
        for _ in 0..<3 {
            leases.append(try scene.store.begin(.worker, at: scene.now))
            if let last = leases.last, scene.store.isShared { try scene.takeOver(last) }
            try scene.reopen()
        }
        #expect(leases == leases.sorted { $0.rawValue < $1.rawValue })
        #expect(Set(leases).count == leases.count)
        #expect(Set(leases.map(\.slot)).count == leases.count)
    }

    package static func nodesAreKnown(_ factory: StoreFactory) throws {
        let scene = try StoreScene(factory)
        guard scene.store.isShared else {
            let alone = try #require(try scene.store.renew(scene.lease, as: .all, at: scene.now))
            #expect(alone.map(\.lease) == [scene.lease] && alone.map(\.isAlive) == [true])
            #expect(try !scene.isGivenUp(scene.lease, silentFor: .zero))
            return
        }
        if let time = try scene.store.time() {
            let later = try #require(try scene.store.time())
            #expect(later >= time && time.secondsSince1970 > 1_700_000_000, "milliseconds of the time of day")
        }
        let other = try scene.store.begin(.worker, at: scene.now)
        let nodes = try #require(try scene.store.renew(scene.lease, as: .all, at: scene.now))
        #expect(nodes.map(\.lease) == [scene.lease, other])
        #expect(nodes.map(\.role) == [.all, .worker])
        #expect(nodes.map(\.isAlive) == [true, true])
        // It is about to leave.
        let later = try #require(try scene.store.renew(other, as: .api, at: scene.now))
        #expect(later.map(\.role) == [.all, .api])

        #expect(try !scene.isGivenUp(other, silentFor: .seconds(3600)))
        #expect(try scene.isGivenUp(other, silentFor: .zero))
        #expect(try scene.isGivenUp(other, silentFor: .seconds(3600)), "for good")
        #expect(try scene.store.renew(other, as: .all, at: scene.now) == nil)
        let left = try #require(try scene.store.renew(scene.lease, as: .all, at: scene.now))
        #expect(left.map(\.isGivenUp) == [false, true])
        try scene.change(.node(.remove(other)))
        #expect(try scene.store.renew(other, as: .all, at: scene.now) == nil)
        #expect(try scene.store.renew(scene.lease, as: .all, at: scene.now)?.map(\.lease) == [scene.lease])
        #expect(try scene.isGivenUp(other, silentFor: .zero), "what isn't there is given up")
        try scene.change(.node(.remove(scene.lease)))
        #expect(try scene.store.renew(scene.lease, as: .all, at: scene.now) != nil, "who lives is not removed")
    }

    package static func lostNodesGetNothing(_ factory: StoreFactory) throws {
        let scene = try StoreScene(factory)
        let lost = scene.lease
        let held = try scene.delivery(to: 1, as: .accepted(under: lost))
        let waiting = try scene.delivery(to: 1, as: .waiting(due: scene.now))
        if scene.store.isShared {
            let other = try scene.store.begin(at: scene.now)
            #expect(try scene.isGivenUp(lost, silentFor: .zero))
            #expect(other != lost)
        } else {
            _ = try scene.store.begin(at: scene.now)
        }
        let message = scene.message(eventID: "refused")
        refused(.unavailable) { try scene.publish(message, to: [1], as: .accepted(under: lost)) }
        refused(.unavailable) {
            try scene.commit([
                scene.publication(scene.message(eventID: "too"), to: [1], as: .waiting(due: scene.now)),
                .claim(Claim(endpoint: 1, limit: 5, lease: lost)),
            ])
        }
        #expect(try scene.store.message(application: 1, .uid("refused")) == nil)
        #expect(try scene.store.message(application: 1, .uid("too")) == nil)
        #expect(try scene.store.delivery(waiting) == .waiting(due: scene.now))
        // What puts nothing into its hands is not refused. Its late results are history, and until it is taken over, true.
        #expect(try scene.publish(message, to: [1], as: .waiting(due: scene.now)) == .stored(sequences: [3]))
        let attempt = scene.attempt(held)
        let delivered = DeliveryStateMachine(state: .delivered(at: scene.now), attempts: 1, scheduledAttempts: 1, resume: nil)
        #expect(try scene.move(held, to: delivered, under: lost, attempt: attempt) == scene.store.isShared)
        #expect(try scene.store.attempt(message: held.message, attempt.id.reference) == attempt)
    }

    package static func lostNodesAreTakenOver(_ factory: StoreFactory) throws {
        let scene = try StoreScene(factory)
        guard scene.store.isShared else { return }
        let lost = try scene.store.begin(at: scene.now)
        var held: [DeliveryKey] = []
        for _ in 0..<5 { held.append(try scene.delivery(to: 1, as: .accepted(under: lost))) }
        let own = try scene.delivery(to: 1, as: .accepted(under: scene.lease))
        scene.advance(.seconds(20))
        #expect(try scene.nodeCount(of: .takeOver(lost, limit: 9)) == 0, "it was not given up")
        #expect(try scene.isGivenUp(lost, silentFor: .zero))
        #expect(try scene.store.delivery(held[0]) == .accepted(under: lost), "in steps of their own")
        let revision = try scene.store.revision()
        #expect(try scene.nodeCount(of: .takeOver(lost, limit: 3)) == 3)
        #expect(try scene.nodeCount(of: .takeOver(lost, limit: 3)) == 2)
        for key in held { #expect(try scene.store.delivery(key) == .waiting(due: scene.now)) }
        #expect(try scene.store.delivery(own) == .accepted(under: scene.lease))
        #expect(try scene.store.backlog().map(\.due) == [scene.now])
        for _ in 0..<2 { try scene.change(.node(.remove(lost))) }
        #expect(try scene.changes(after: revision).changes.first == .departed(lost))
        #expect(try Set(scene.claim(1).deliveries.map(\.key)) == Set(held))
    }

    package static func whatNodesLearnIsTold(_ factory: StoreFactory) throws {
        let scene = try StoreScene(factory)
        let revision = try scene.store.revision()
        let all: [EndpointNews] = [.paused(.milliseconds(1)), .paused(.seconds(86_400)), .opened(.seconds(3600)), .answers]
        for news in all { try scene.change(.node(.tell(endpoint: 7, news, by: scene.lease))) }
        let told = try scene.changes(after: revision).changes
        #expect(told == (scene.store.isShared ? all.map { .learnt(endpoint: 7, $0, by: scene.lease) } : []))
    }

    package static func feedHeadsAreKnown(_ factory: StoreFactory) throws {
        let scene = try StoreScene(factory)
        #expect(try scene.store.feedHeads([]) == [:])
        for endpoint in [1, 1, 2] as [Int64] { try scene.delivery(to: endpoint, as: .waiting(due: scene.now)) }
        #expect(try scene.store.feedHeads([1, 2, 3]) == [1: 2, 2: 1])
        #expect(try scene.store.feedHeads([2]) == [2: 1])
    }

    package static func registeredEndpointsAreNotCancelled(_ factory: StoreFactory) throws {
        let scene = try StoreScene(factory)
        let (application, endpoint) = try scene.registered()
        let waiting = try scene.delivery(to: endpoint.id.key, as: .waiting(due: scene.now))
        // A node that has not heard of the endpoint yet takes it for deleted.
        #expect(try scene.count(of: .cancelWaiting(endpoint: endpoint.id.key, limit: 9)) == 0)
        #expect(try scene.store.delivery(waiting) == .waiting(due: scene.now))
        try scene.change(.deleteApplication(.standard, application.id.reference))
        #expect(try scene.count(of: .cancelWaiting(endpoint: endpoint.id.key, limit: 9)) == 1)
    }
}
