import GodwitCore
import GodwitStore
import Testing

extension StoreConformance {
    /// Every state and resume point that a delivery can be stored in.
    static func machines(under lease: Lease, at now: Instant, line: Int64? = nil) -> [DeliveryStateMachine] {
        let states: [DeliveryState] = [
            .waiting(due: now + .seconds(5)), .inFlight(lease), .delivered(at: now), .exhausted(at: now), .cancelled(at: now),
        ]
        let resumes: [ResumePoint?] = [nil, .waiting(due: now), .delivered(at: now), .exhausted(at: now)]
        return states.flatMap { state in
            (state.isFinished ? [nil] : resumes).map { resume in
                DeliveryStateMachine(state: state, attempts: 3, scheduledAttempts: 2, resume: resume, line: line)
            }
        }
    }

    package static func movesAreGuarded(_ factory: StoreFactory) throws {
        let scene = try StoreScene(factory)
        for machine in machines(under: scene.lease, at: scene.now) + machines(under: scene.lease, at: scene.now, line: -7) {
            let key = try scene.delivery(to: 1, as: .accepted(under: scene.lease))
            let attempt = scene.attempt(key)
            // Another life's lease moves nothing; the attempt is history all the same.
            #expect(try !scene.move(key, to: machine, under: Lease(rawValue: scene.lease.rawValue + 1), attempt: attempt))
            #expect(try scene.store.delivery(key) == .accepted(under: scene.lease))
            #expect(try scene.store.attempt(message: key.message, attempt.id.reference) == attempt)
            // Twice is once.
            #expect(try scene.move(key, to: machine, attempt: attempt))
            #expect(
                try scene.move(key, to: .waiting(due: scene.now), attempt: attempt)
                    == (machine.state == .inFlight(scene.lease)))
            if machine.state != .inFlight(scene.lease) { #expect(try scene.store.delivery(key) == machine) }
            var filter = AttemptFilter(subject: .message(key.message))
            filter.endpoint = 1
            #expect(try scene.store.attempts(filter, PageRequest(limit: 9, order: .ascending)).items == [attempt])
        }
        let unknown = DeliveryKey(message: 1, endpoint: 1)
        #expect(try !scene.move(unknown, to: .waiting(due: scene.now)))
        #expect(try scene.store.delivery(unknown) == nil)
    }

    package static func lateResultDoesNotUndoNewClaim(_ factory: StoreFactory) throws {
        let scene = try StoreScene(factory)
        let former = scene.lease
        let key = try scene.delivery(to: 1, as: .accepted(under: former))
        try scene.restart()
        #expect(try scene.claim(1).deliveries.map(\.key) == [key])
        let delivered = DeliveryStateMachine(state: .delivered(at: scene.now), attempts: 1, scheduledAttempts: 1, resume: nil)
        #expect(try !scene.move(key, to: delivered, under: former))
        #expect(try scene.store.delivery(key)?.state == .inFlight(scene.lease))
        #expect(try scene.move(key, to: delivered))
    }

    package static func claimsTakeWhatIsDue(_ factory: StoreFactory) throws {
        let scene = try StoreScene(factory)
        func waiting(_ seconds: Int64, to endpoint: Int64 = 1, payload: [UInt8]? = [1]) throws -> DeliveryKey {
            let machine = DeliveryStateMachine(
                state: .waiting(due: scene.now + .seconds(seconds)), attempts: 2, scheduledAttempts: 2, resume: nil)
            return try scene.delivery(to: endpoint, as: machine, payload: payload)
        }
        let later = try waiting(10)
        let second = try waiting(-1)
        let first = try waiting(-5)
        let third = try waiting(0)
        let others = try waiting(-9, to: 2)
        #expect(try scene.store.backlog().map(\.endpoint) == [1, 2])
        #expect(try scene.store.backlog().map(\.due) == [scene.now + .seconds(-5), scene.now + .seconds(-9)])

        let claimed = try scene.claim(1, limit: 2)
        #expect(claimed.deliveries.map(\.key) == [first, second])
        #expect(claimed.nextDue == scene.now)
        #expect(claimed.deliveries.map(\.sequence) == [3, 2])
        #expect(claimed.deliveries.map(\.attemptNumber) == [3, 3])
        #expect(claimed.deliveries.map(\.message.payload) == [[1], [1]])
        #expect(claimed.deliveries.allSatisfy { $0.machine.state == .inFlight(scene.lease) })
        #expect(try scene.store.delivery(first) == claimed.deliveries[0].machine)

        try scene.reopen()
        let rest = try scene.claim(1)
        #expect(rest.deliveries.map(\.key) == [third])
        #expect(rest.nextDue == scene.now + .seconds(10))
        #expect(try scene.claim(1).deliveries.isEmpty)
        #expect(try scene.store.delivery(others)?.isClaimable(at: scene.now) == true)
        scene.advance(.seconds(10))
        let last = try scene.claim(1)
        #expect(last.deliveries.map(\.key) == [later])
        #expect(last.nextDue == nil)
        #expect(try scene.claim(3).nextDue == nil)
    }

    package static func claimsCancelWhatHasNoPayload(_ factory: StoreFactory) throws {
        let scene = try StoreScene(factory)
        let gone = try scene.delivery(to: 1, as: .waiting(due: scene.now), payload: nil)
        let empty = try scene.delivery(to: 1, as: .waiting(due: scene.now), payload: [])
        let claimed = try scene.claim(1)
        #expect(claimed.deliveries.map(\.key) == [empty])
        #expect(claimed.nextDue == nil)
        #expect(try scene.store.delivery(gone)?.state == .cancelled(at: scene.now))
    }

    /// The statement that finds what is due and `DeliveryStateMachine.isClaimable` must be the same rule.
    package static func claimsEqualTheStateMachine(_ factory: StoreFactory) throws {
        for seed in 1...20 as ClosedRange<UInt64> {
            let scene = try StoreScene(factory, seed: seed)
            var expected: [DeliveryKey] = []
            for _ in 0..<40 {
                let due = scene.now + .milliseconds(Int64.random(in: -3...3, using: &scene.random))
                var machine = machines(under: scene.lease, at: scene.now).randomElement(using: &scene.random)
                if Bool.random(using: &scene.random) { machine = .waiting(due: due) }
                let chosen = try #require(machine)
                let key = try scene.delivery(to: Int64.random(in: 1...2, using: &scene.random), as: chosen)
                if key.endpoint == 1, chosen.isClaimable(at: scene.now) { expected.append(key) }
            }
            #expect(try scene.claim(1).deliveries.map(\.key).sorted() == expected, "seed \(seed)")
        }
    }

    package static func newLifeTakesOver(_ factory: StoreFactory) throws {
        let scene = try StoreScene(factory)
        var before: [(DeliveryKey, DeliveryStateMachine)] = []
        for machine in machines(under: scene.lease, at: scene.now) + machines(under: scene.lease, at: scene.now, line: 7) {
            before.append((try scene.delivery(to: 1, as: machine), machine))
        }
        let former = scene.lease
        scene.advance(.seconds(1))
        try scene.restart()
        #expect(scene.lease.rawValue > former.rawValue)
        for (key, machine) in before {
            var expected = machine
            _ = expected.handBack(under: former, at: scene.now)
            #expect(try scene.store.delivery(key) == expected)
        }
        // Without a restart too: a lease is never given twice.
        #expect(try scene.store.begin(at: scene.now).rawValue > scene.lease.rawValue)
        scene.store.close()
    }

    package static func resendMakesDue(_ factory: StoreFactory) throws {
        let scene = try StoreScene(factory)
        let application = scene.application()
        let endpoint = scene.endpoint(of: application)
        try scene.change(.insertApplication(application))
        try scene.change(.insertEndpoint(endpoint))
        scene.advance(.seconds(1))
        for machine in machines(under: scene.lease, at: scene.now) + machines(under: scene.lease, at: scene.now, line: 7) {
            let key = try scene.delivery(to: endpoint.id.key, as: machine)
            var expected = machine
            let action = expected.resend(at: scene.now)
            guard case .resend(action) = try scene.change(.resend(key)) else {
                Issue.record("a resend of \(machine.state) must be answered by \(action)")
                return
            }
            #expect(try scene.store.delivery(key) == expected)
        }
        let finished = DeliveryStateMachine(state: .delivered(at: scene.now), attempts: 1, scheduledAttempts: 1, resume: nil)
        let gone = [
            try scene.delivery(to: endpoint.id.key, as: finished, payload: nil),
            try scene.delivery(
                to: endpoint.id.key, as: finished, timing: MessageTiming(doNotDeliverAfter: scene.now + .milliseconds(-1))),
        ]
        for key in gone {
            guard case .resend(.refused) = try scene.change(.resend(key)) else {
                Issue.record("there is nothing to send")
                return
            }
            #expect(try scene.store.delivery(key) == finished)
        }
        let last = MessageTiming(doNotDeliverAfter: scene.now)
        let key = try scene.delivery(to: endpoint.id.key, as: finished, timing: last)
        guard case .resend(.due) = try scene.change(.resend(key)) else {
            Issue.record("at the very moment it may still be sent")
            return
        }
        refused(.notFound) { try scene.change(.resend(DeliveryKey(message: key.message, endpoint: endpoint.id.key + 1))) }
        refused(.notFound) { try scene.change(.resend(DeliveryKey(message: key.message + 1, endpoint: endpoint.id.key))) }
        try scene.change(.deleteEndpoint(application: application.id.key, endpoint.id.reference))
        refused(.notFound) { try scene.change(.resend(key)) }
    }

    package static func deletedEndpointsBacklogIsCancelled(_ factory: StoreFactory) throws {
        let scene = try StoreScene(factory)
        let application = scene.application()
        let endpoints = (0..<3).map { _ in scene.endpoint(of: application) }
        try scene.change(.insertApplication(application))
        for endpoint in endpoints { try scene.change(.insertEndpoint(endpoint)) }
        let deleted = endpoints[1].id.key
        var keys: [DeliveryKey] = []
        for index in 0..<5 as Range<Int64> {
            for endpoint in endpoints {
                let key = try scene.delivery(to: endpoint.id.key, as: .waiting(due: scene.now + .seconds(-index)))
                if endpoint.id.key == deleted { keys.append(key) }
            }
        }
        let held = try scene.delivery(to: deleted, as: .accepted(under: scene.lease))
        #expect(try scene.store.deletedEndpointsWithBacklog().isEmpty)
        try scene.change(.deleteEndpoint(application: application.id.key, endpoints[1].id.reference))
        try scene.reopen()
        #expect(try scene.store.deletedEndpointsWithBacklog() == [deleted])
        guard case .count(3) = try scene.change(.cancelWaiting(endpoint: deleted, limit: 3)) else {
            Issue.record("no more than the limit are cancelled")
            return
        }
        // Oldest due first.
        #expect(try keys.map { try scene.store.delivery($0)?.state.isFinished } == [false, false, true, true, true])
        guard case .count(2) = try scene.change(.cancelWaiting(endpoint: deleted, limit: 3)) else {
            Issue.record("the rest is cancelled")
            return
        }
        #expect(try scene.store.deletedEndpointsWithBacklog().isEmpty)
        #expect(try scene.store.delivery(keys[0])?.state == .cancelled(at: scene.now))
        #expect(try scene.store.delivery(held)?.state == .inFlight(scene.lease))
        #expect(try scene.store.backlog().map(\.endpoint) == [endpoints[0].id.key, endpoints[2].id.key])
    }
}
