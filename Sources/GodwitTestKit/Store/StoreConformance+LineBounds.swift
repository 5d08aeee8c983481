import GodwitCore
import GodwitStore
import Testing

extension StoreConformance {
    package static func claimsOfOneLineAreBounded(_ factory: StoreFactory) throws {
        let scene = try StoreScene(factory)
        let due = DeliveryStateMachine.waiting(due: scene.now, line: 1)
        let bound = Limits.claimedPerLine
        let keys = try (0...bound).map { _ in try scene.delivery(to: 1, as: due) }
        let claimed = try scene.claim(1)
        #expect(claimed.deliveries.map(\.key) == Array(keys.prefix(bound)))
        #expect(claimed.nextDue == nil)

        // What is cancelled counts too, and then there is more to do at once.
        for _ in 0...bound { try scene.delivery(to: 2, as: due, payload: nil) }
        let emptied = try scene.claim(2)
        #expect(emptied.deliveries.isEmpty)
        #expect(emptied.nextDue == scene.now)
        #expect(try scene.claim(2).nextDue == nil)
        #expect(try scene.store.backlog().map(\.endpoint) == [1])
    }

    package static func claimsOfManyLinesAreBounded(_ factory: StoreFactory) throws {
        let scene = try StoreScene(factory)
        let bound = Int64(Limits.linesPerClaim)
        try scene.commit(
            (1...bound + 1).map { line in
                scene.publication(scene.message(), to: [1], as: .waiting(due: scene.now, line: line))
            })
        let claimed = try scene.claim(1, limit: 1000)
        #expect(claimed.deliveries.map(\.machine.line) == (1...bound).map { $0 })
        #expect(claimed.nextDue == scene.now)
        #expect(claimed.lastLine == bound)
        let rest = try scene.claim(1, limit: 1000, afterLine: bound)
        #expect(rest.deliveries.map(\.machine.line) == [bound + 1])
        #expect(rest.nextDue == nil)
    }

    /// Very many lines that are all held up: the one behind them is found, now or after a pause, and nothing spins meanwhile.
    package static func linesAreLookedAheadWithinBounds(_ factory: StoreFactory) throws {
        let scene = try StoreScene(factory)
        let last = Int64(Limits.linesPerClaim + Limits.linesLookedAhead)
        func heldUp(_ line: Int64, to endpoint: Int64) -> WriteCommand {
            let machine = DeliveryStateMachine(
                state: .inFlight(scene.lease), attempts: 0, scheduledAttempts: 0, resume: nil, line: line)
            return scene.publication(scene.message(), to: [endpoint], as: machine)
        }
        func open(_ line: Int64, to endpoint: Int64) -> WriteCommand {
            scene.publication(scene.message(), to: [endpoint], as: .waiting(due: scene.now, line: line))
        }
        try scene.commit((1..<last).map { heldUp($0, to: 1) } + [open(last, to: 1)])
        let near = try scene.claim(1)
        #expect(near.deliveries.isEmpty)
        #expect(near.nextDue == scene.now)
        #expect(near.lastLine == last - 1)
        #expect(try scene.claim(1, afterLine: near.lastLine).deliveries.map(\.machine.line) == [last])

        try scene.commit((1...last).map { heldUp($0, to: 2) } + [open(last + 1, to: 2)])
        let far = try scene.claim(2)
        #expect(far.deliveries.isEmpty)
        #expect(far.nextDue == scene.now + Limits.linesPause)
        #expect(far.lastLine == last)
        #expect(try scene.claim(2, afterLine: far.lastLine).deliveries.map(\.machine.line) == [last + 1])
        // All of them held up, and all of them looked at: there is nothing to come back for.
        #expect(try scene.claim(1).nextDue == nil)
    }

    package static func claimsInLinesEndAtTheirSize(_ factory: StoreFactory) throws {
        let scene = try StoreScene(factory)
        let large = [UInt8](repeating: 0x20, count: Limits.claimedPayloadBytes / 2)
        let keys = try ([1, 1, 1, 2] as [Int64]).map { line in
            try scene.delivery(to: 1, as: .waiting(due: scene.now, line: line), payload: large)
        }
        let claimed = try scene.claim(1)
        #expect(claimed.deliveries.map(\.key) == Array(keys.prefix(2)))
        #expect(claimed.nextDue == scene.now)
        let rest = try scene.claim(1, afterLine: claimed.lastLine)
        #expect(rest.deliveries.map(\.key) == [keys[3]])
        #expect(rest.nextDue == nil)
    }

    package static func backlogInLinesIsCancelled(_ factory: StoreFactory) throws {
        let scene = try StoreScene(factory)
        let (application, endpoint) = try scene.registered()
        let key = endpoint.id.key
        let lines: [Int64?] = [2, nil, 1, 1]
        let keys = try lines.map { try scene.delivery(to: key, as: .waiting(due: scene.now, line: $0)) }
        let parked = DeliveryStateMachine(
            state: .exhausted(at: scene.now), attempts: 1, scheduledAttempts: 1, resume: nil, line: 1)
        let dead = try scene.delivery(to: key, as: parked)
        try scene.change(.deleteEndpoint(application: application.id.key, endpoint.id.reference))
        #expect(try scene.store.deletedEndpointsWithBacklog() == [key])
        #expect(try scene.count(of: .cancelWaiting(endpoint: key, limit: 2)) == 2)
        // Those in no line first, then line by line.
        #expect(try keys.map { try scene.store.delivery($0)?.state.isFinished } == [false, true, true, false])
        #expect(try scene.store.deletedEndpointsWithBacklog() == [key])
        #expect(try scene.count(of: .cancelWaiting(endpoint: key, limit: 9)) == 2)
        #expect(try scene.store.deletedEndpointsWithBacklog().isEmpty)
        #expect(try scene.store.backlog().isEmpty)
        #expect(try scene.store.delivery(dead) == parked)
    }
}
