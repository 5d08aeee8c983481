import GodwitCore
import GodwitStore
import Testing

extension StoreConformance {
    package static func linesAreClaimedFromTheirHeads(_ factory: StoreFactory) throws {
        let scene = try StoreScene(factory)
        func waiting(_ seconds: Int64, in line: Int64?) throws -> DeliveryKey {
            try scene.delivery(to: 1, as: .waiting(due: scene.now + .seconds(seconds), line: line))
        }
        let first = try waiting(0, in: 5)
        let other = try waiting(-2, in: 7)
        // Due long before the one ahead of it, and sent behind it all the same.
        let second = try waiting(-9, in: 5)
        let free = try waiting(0, in: nil)
        let later = try waiting(30, in: 5)
        let elsewhere = try scene.delivery(to: 2, as: .waiting(due: scene.now, line: 5))
        #expect(try scene.store.backlog().map(\.due) == [scene.now + .seconds(-9), scene.now])

        let claimed = try scene.claim(1)
        #expect(claimed.deliveries.map(\.key) == [free, first, second, other])
        #expect(claimed.deliveries.map(\.machine.line) == [nil, 5, 5, 7])
        #expect(claimed.lastLine == 7)
        // What is left stands behind a head in flight: coming back for it would find nothing.
        #expect(claimed.nextDue == nil)
        try scene.reopen()
        #expect(try scene.claim(1).deliveries.isEmpty)
        #expect(try scene.store.headOfLine(endpoint: 1, line: 5)?.key == first)
        #expect(try scene.store.headOfLine(endpoint: 1, line: 6) == nil)
        #expect(try scene.store.backlog().map(\.endpoint) == [1, 2])

        try scene.deliver(claimed.deliveries[1])
        #expect(try scene.claim(1).nextDue == nil)
        #expect(try scene.store.headOfLine(endpoint: 1, line: 5)?.machine == claimed.deliveries[2].machine)
        try scene.deliver(claimed.deliveries[2])
        let rest = try scene.claim(1)
        #expect(rest.deliveries.isEmpty)
        #expect(rest.nextDue == scene.now + .seconds(30))
        scene.advance(.seconds(30))
        #expect(try scene.claim(1).deliveries.map(\.key) == [later])
        #expect(try scene.claim(2).deliveries.map(\.key) == [elsewhere])
    }

    package static func linesTakeTurns(_ factory: StoreFactory) throws {
        let scene = try StoreScene(factory)
        var keys: [Int64: [DeliveryKey]] = [:]
        for line in [-3, 0, 4, 9] as [Int64] {
            for _ in 0..<2 {
                keys[line, default: []].append(try scene.delivery(to: 1, as: .waiting(due: scene.now, line: line)))
            }
        }
        // One claim goes on where the one before stopped, and round.
        var afterLine: Int64 = 0
        for line in [4, 9, -3] as [Int64] {
            let claimed = try scene.claim(1, limit: 1, afterLine: afterLine)
            #expect(claimed.deliveries.map(\.key) == [keys[line]?[0]])
            #expect(claimed.lastLine == line)
            #expect(claimed.nextDue == scene.now)
            afterLine = claimed.lastLine
        }
        // The lines that were taken from have their heads in flight; the one that is left gives both.
        let rest = try scene.claim(1, limit: 9, afterLine: 4)
        #expect(rest.deliveries.map(\.key) == keys[0])
        #expect(rest.lastLine == 4)
        #expect(rest.nextDue == nil)
        // A line that is gone is as good a place to go on from as any.
        for delivery in rest.deliveries { try scene.deliver(delivery) }
        _ = try scene.delivery(to: 1, as: .waiting(due: scene.now, line: .max))
        _ = try scene.delivery(to: 1, as: .waiting(due: scene.now, line: .min))
        #expect(try scene.claim(1, limit: 1, afterLine: 0).deliveries.map(\.machine.line) == [.max])
        #expect(try scene.claim(1, limit: 1, afterLine: .max).deliveries.map(\.machine.line) == [.min])
    }

    package static func heldUpLinesGiveNothing(_ factory: StoreFactory) throws {
        let scene = try StoreScene(factory)
        let endpoint = try scene.registered().endpoint.id.key
        let states: [DeliveryState] = [
            .inFlight(scene.lease), .waiting(due: scene.now + .seconds(60)), .exhausted(at: scene.now),
        ]
        var heads: [DeliveryKey] = []
        var followers: [DeliveryKey] = []
        for (line, state) in zip(Int64(1)..., states) {
            let head = DeliveryStateMachine(state: state, attempts: 1, scheduledAttempts: 1, resume: nil, line: line)
            heads.append(try scene.delivery(to: endpoint, as: head))
            followers.append(try scene.delivery(to: endpoint, as: .waiting(due: scene.now, line: line)))
        }
        let claimed = try scene.claim(endpoint)
        #expect(claimed.deliveries.isEmpty)
        #expect(claimed.nextDue == scene.now + .seconds(60))
        #expect(try scene.store.backlog().map(\.due) == [scene.now])

        // A dead letter keeps its place until it is replayed with success …
        try scene.change(.resend(heads[2]))
        #expect(try scene.claim(endpoint, limit: 1).deliveries.map(\.key) == [heads[2]])
        #expect(try scene.claim(endpoint).deliveries.isEmpty)
        try scene.deliver(heads[2])
        #expect(try scene.claim(endpoint).deliveries.map(\.key) == [followers[2]])
        // … or an attempt that was running ends.
        try scene.deliver(heads[0])
        #expect(try scene.claim(endpoint).deliveries.map(\.key) == [followers[0]])
        scene.advance(.seconds(60))
        #expect(try scene.claim(endpoint).deliveries.map(\.key) == [heads[1], followers[1]])
    }

    package static func deadLettersAreReleased(_ factory: StoreFactory) throws {
        let scene = try StoreScene(factory)
        func dead(in line: Int64?) throws -> DeliveryKey {
            let machine = DeliveryStateMachine(
                state: .exhausted(at: scene.now), attempts: 1, scheduledAttempts: 1, resume: nil, line: line)
            return try scene.delivery(to: 1, as: machine)
        }
        let parked = [try dead(in: 8), try dead(in: 8), try dead(in: 6)]
        let free = try dead(in: nil)
        let waiting = [6, 8].map { DeliveryStateMachine.waiting(due: scene.now, line: $0) }
        let followers = try waiting.map { try scene.delivery(to: 1, as: $0) }
        #expect(try scene.count(of: .releaseLines(endpoint: 1, message: free.message, limit: 9)) == 0)
        #expect(try scene.count(of: .releaseLines(endpoint: 1, message: followers[0].message, limit: 9)) == 0)
        #expect(try scene.count(of: .releaseLines(endpoint: 2, message: parked[0].message, limit: 9)) == 0)
        #expect(try scene.count(of: .releaseLines(endpoint: 1, message: parked[0].message, limit: 9)) == 1)
        #expect(try scene.store.delivery(parked[0])?.line == nil)
        #expect(try scene.claim(1).deliveries.isEmpty)
        #expect(try scene.count(of: .releaseLines(endpoint: 1, message: nil, limit: 1)) == 1)
        #expect(try scene.claim(1).deliveries.map(\.key) == [followers[0]])
        #expect(try scene.count(of: .releaseLines(endpoint: 1, message: nil, limit: 1)) == 1)
        #expect(try scene.claim(1).deliveries.map(\.key) == [followers[1]])
        #expect(try scene.count(of: .releaseLines(endpoint: 1, message: nil, limit: 1)) == 0)
        // They are dead letters still.
        let page = PageRequest<Int64>(limit: 9, order: .ascending)
        #expect(try scene.store.deadLetters(endpoint: 1, page).items.map(\.key) == parked + [free])
    }

    package static func expiredDeliveriesLeaveTheirLine(_ factory: StoreFactory) throws {
        let scene = try StoreScene(factory)
        let due = DeliveryStateMachine.waiting(due: scene.now, line: 1)
        let past = MessageTiming(doNotDeliverAfter: scene.now + .milliseconds(-1))
        let gone = [try scene.delivery(to: 1, as: due, timing: past), try scene.delivery(to: 1, as: due, payload: nil)]
        // At the very moment it may still be sent.
        let kept = try scene.delivery(to: 1, as: due, timing: MessageTiming(doNotDeliverAfter: scene.now))
        let free = try scene.delivery(to: 1, as: .waiting(due: scene.now), timing: past)
        let claimed = try scene.claim(1)
        #expect(claimed.deliveries.map(\.key) == [kept])
        #expect(claimed.deliveries.map(\.message.timing) == [MessageTiming(doNotDeliverAfter: scene.now)])
        for key in gone + [free] {
            #expect(try scene.store.delivery(key)?.state == .cancelled(at: scene.now))
            #expect(try scene.store.delivery(key)?.line == nil)
        }
    }
}
