import GodwitCore
import GodwitStore
import Testing

extension StoreConformance {
    package static func replaysSelectByRules(_ factory: StoreFactory) throws {
        typealias Case = (which: ReplaySelection.Which, rules: ReplayRules, replayed: String, passedOver: String)
        // The messages are named: d delivered, x dead letter, r retrying, n not tried yet, f in flight, c cancelled, m missing,
        // o missing and of another type, p dead letter without payload, e dead letter that has expired, y delivered of another type.
        let cases: [Case] = [
            (.deadLetters, .asSent, "x", "pe"), (.failed, .asSent, "xr", "pe"), (.delivered, .asSent, "dy", ""),
            (.missing, .asSent, "", ""), (.all, .asSent, "dxrny", "fcpe"), (.deadLetters, .today, "x", "pe"),
            (.failed, .today, "xr", "pe"), (.delivered, .today, "d", ""), (.missing, .today, "m", ""),
            (.all, .today, "dxrnm", "fcpe"),
        ]
        for expected in cases {
            let scene = try ReplayScene(factory)
            let name = "\(expected.which.rawValue) \(expected.rules.rawValue)"
            let messages = try scene.publishEveryKind()
            var selection = scene.selection(expected.which)
            let planned = expected.replayed.count + expected.passedOver.count
            #expect(try scene.count(selection, expected.rules) == planned, "\(name)")
            #expect(try scene.count(selection, expected.rules, limit: 1) == min(1, planned), "\(name)")
            let before = try scene.machines(messages)
            scene.store.advance(.seconds(1))
            let replay = try scene.finish(try scene.insert(selection, expected.rules))
            #expect(replay.state == .finished, "\(name)")
            #expect(replay.replayed == expected.replayed.count && replay.passedOver == expected.passedOver.count, "\(name)")
            for (kind, machine) in try scene.machines(messages) {
                guard expected.replayed.contains(kind) else {
                    #expect(machine == before[kind], "\(name) \(kind)")
                    continue
                }
                var resent = before[kind]
                _ = resent?.resend(at: scene.store.now)
                #expect(machine == resent ?? .waiting(due: scene.store.now), "\(name) \(kind)")
            }
            // Nothing from outside of its span.
            selection.until = selection.since
            #expect(try scene.count(selection, expected.rules) == 0, "\(name)")
        }
    }

    /// Not even to those that never got it.
    package static func withdrawnMessagesAreNotReplayed(_ factory: StoreFactory) throws {
        let scene = try ReplayScene(factory)
        let machines = [scene.dead, nil]
        let messages = try machines.map { try scene.publish(as: $0) }
        for id in try scene.store.store.messageIDs(Set(messages)).values {
            try scene.store.change(.cancelMessage(application: scene.application, id.reference))
        }
        let replay = try scene.finish(try scene.insert(scene.selection(.all), .today))
        #expect(replay.replayed == 0 && replay.passedOver == 2)
        #expect(try messages.map { try scene.machine($0) } == machines)
    }

    package static func replaysFilterMessages(_ factory: StoreFactory) throws {
        let scene = try ReplayScene(factory)
        var messages: [Message] = []
        for index in 0..<12 {
            scene.store.advance(.seconds(1))
            let message = scene.store.message(
                of: scene.application, eventType: index % 2 == 0 ? "even" : "odd", channels: index % 3 == 0 ? ["three"] : [],
                tags: index % 4 == 0 ? ["four"] : [])
            messages.append(message)
            try scene.store.publish(message, to: [scene.endpoint], as: scene.dead)
        }
        func check(
            _ change: (inout ReplaySelection) -> Void, sourceLocation: SourceLocation = #_sourceLocation, _ isIn: (Int) -> Bool
        ) throws {
            var selection = scene.selection(.deadLetters)
            change(&selection)
            for rules in ReplayRules.allCases {
                for which in [ReplaySelection.Which.deadLetters, .failed, .all] {
                    selection.which = which
                    let count = try scene.count(selection, rules)
                    #expect(count == messages.indices.filter(isIn).count, sourceLocation: sourceLocation)
                }
            }
        }
        try check({ _ in }) { _ in true }
        try check({ $0.eventTypes = ["odd", "x"] }) { $0 % 2 == 1 }
        try check({ $0.eventTypes = [] }) { _ in false }
        try check({ $0.channel = "three" }) { $0 % 3 == 0 }
        try check({ $0.tag = "four" }) { $0 % 4 == 0 }
        // From the first moment on, up to the second, which is outside.
        try check({
            $0.since = messages[3].createdAt
            $0.until = messages[8].createdAt
        }) { 3..<8 ~= $0 }
        // The endpoint's channels of today.
        try scene.store.change(.changeEndpointByKey(scene.endpoint) { $0.channels = ["three", "other"] })
        #expect(try scene.count(scene.selection(.all), .today) == 4)
        #expect(try scene.count(scene.selection(.all), .asSent) == 12)
        try scene.store.change(.changeEndpointByKey(scene.endpoint) { $0.channels = [] })
        #expect(try scene.count(scene.selection(.all), .today) == 0)
    }

    package static func replaysGoStepByStep(_ factory: StoreFactory) throws {
        let scene = try ReplayScene(factory)
        let messages = try (0..<5).map { _ in try scene.publish(as: scene.dead) }
        // Ten a second are two a step.
        var replay = try scene.insert(scene.selection(.deadLetters), .asSent, pace: 10)
        var due: [Int] = []
        while replay.state == .running, due.count < 9 {
            replay = try scene.step(replay)
            due.append(try messages.filter { try scene.machine($0)?.isClaimable(at: scene.store.now) == true }.count)
            #expect(replay.replayed == due.last)
            try scene.store.reopen()
            #expect(try scene.store.store.replay(application: scene.application, replay.id.reference) == replay)
        }
        #expect(due == [2, 4, 5])
        #expect(replay.state == .finished)
        // Once more changes nothing.
        #expect(try scene.step(replay) == replay)
        #expect(try scene.store.claim(scene.endpoint).deliveries.map(\.message.id.key) == messages)
    }

    package static func replaysLookAtBoundedManyMessages(_ factory: StoreFactory) throws {
        let scene = try ReplayScene(factory)
        let first = try scene.publish(as: nil, eventType: "other")
        try scene.store.commit(
            (1..<Limits.replayScan).map { _ in
                scene.store.publication(scene.store.message(of: scene.application, eventType: "other", payload: [1]))
            })
        let last = try scene.publish(as: nil, eventType: "mine")
        try scene.store.change(.changeEndpointByKey(scene.endpoint) { $0.eventTypes = ["mine"] })
        var replay = try scene.insert(scene.selection(.missing), .today)
        replay = try scene.step(replay)
        #expect(replay.state == .running)
        #expect(replay.cursor == last - 1 && replay.replayed == 0)
        #expect(first < last)
        replay = try scene.step(replay)
        #expect(replay.state == .finished && replay.replayed == 1)
    }

    package static func replaysArePausedAndCancelled(_ factory: StoreFactory) throws {
        let scene = try ReplayScene(factory)
        let message = try scene.publish(as: scene.dead)
        let replay = try scene.insert(scene.selection(.deadLetters), .asSent)
        func change(_ change: @escaping @Sendable (inout Replay, Instant) -> Bool) throws -> Replay? {
            let now = scene.store.now
            let command = CatalogCommand.changeReplay(application: scene.application, replay.id.reference) { change(&$0, now) }
            guard case .replay(let changed) = try scene.store.change(command) else { return nil }
            return changed
        }
        #expect(try scene.store.store.runningReplays() == [replay.id.key])
        #expect(try change { $0.pause(at: $1) }?.state == .paused)
        #expect(try scene.step(replay).replayed == 0)
        #expect(try scene.store.store.runningReplays().isEmpty)
        try scene.store.restart()
        #expect(try change { $0.resume(at: $1) }?.state == .running)
        #expect(try scene.store.store.runningReplays() == [replay.id.key])
        #expect(try change { $0.cancel(at: $1) }?.state == .cancelled)
        refused(.conflict) { try change { $0.resume(at: $1) } }
        #expect(try scene.step(replay).state == .cancelled)
        #expect(try scene.machine(message) == scene.dead)
        let stranger = CatalogCommand.changeReplay(application: scene.application + 1, replay.id.reference) { _ in true }
        refused(.notFound) { try scene.store.change(stranger) }
        refused(.notFound) { try scene.store.change(.stepReplay(key: replay.id.key + 1)) }
        // An endpoint that is deleted gets nothing more.
        let second = try scene.insert(scene.selection(.deadLetters), .asSent)
        try scene.store.change(.deleteEndpoint(application: scene.application, scene.registered.id.reference))
        #expect(try scene.step(second).state == .cancelled)
        #expect(try scene.machine(message) == scene.dead)
        refused(.notFound) { try scene.insert(scene.selection(.deadLetters), .asSent) }
        #expect(try scene.count(scene.selection(.deadLetters), .asSent) == 0)
    }

    package static func replaysAreListedAndBounded(_ factory: StoreFactory) throws {
        let scene = try ReplayScene(factory)
        var replays: [Replay] = []
        for number in 0..<Limits.replaysPerEndpoint {
            var selection = scene.selection(.failed)
            selection.eventTypes = number == 0 ? ["a", "b"] : nil
            selection.channel = number == 1 ? "c" : nil
            selection.tag = number == 2 ? "t" : nil
            replays.append(try scene.insert(selection, number % 2 == 0 ? .asSent : .today, pace: number == 3 ? 7 : nil))
        }
        refused(.conflict) { try scene.insert(scene.selection(.all), .today) }
        let (now, first) = (scene.store.now, replays[0].id.reference)
        try scene.store.change(.changeReplay(application: scene.application, first) { $0.pause(at: now) })
        refused(.conflict) { try scene.insert(scene.selection(.all), .today) }
        try scene.store.change(.changeReplay(application: scene.application, first) { $0.cancel(at: now) })
        replays.append(try scene.insert(scene.selection(.all), .today))
        #expect(try scene.store.store.greatestKey() == replays.last?.id.key)
        try scene.store.reopen()
        let store = scene.store.store
        for replay in replays.dropFirst() {
            #expect(try store.replay(application: scene.application, replay.id.reference) == replay)
        }
        #expect(try store.replay(application: scene.application + 1, replays[1].id.reference) == nil)
        #expect(try store.replay(application: scene.application, .id(key: replays[1].id.key, text: "qtask_guess")) == nil)
        #expect(try store.replay(application: scene.application, .uid("x")) == nil)
        let keys = replays.map(\.id.key)
        try walk(keys, key: \.id.key) { try store.replays(application: scene.application, endpoint: nil, $0) }
        try walk(keys, key: \.id.key) { try store.replays(application: scene.application, endpoint: scene.endpoint, $0) }
        try walk(keys, key: \.id.key) { try store.replays(.standard, TaskFilter(), $0) }
        try walk([], key: \.id.key) { try store.replays(application: scene.application, endpoint: 1, $0) }
        let other = try #require(OrganizationID("org_other"))
        try walk([], key: \.id.key) { try store.replays(other, TaskFilter(), $0) }
    }

    package static func replaysLeaveNoGaps(_ factory: StoreFactory) throws {
        let scene = try ReplayScene(factory)
        for round in 0..<6 {
            for _ in 0..<4 { try scene.publish(as: Bool.random(using: &scene.store.random) ? scene.dead : nil) }
            let replay = try scene.insert(scene.selection(.all), .today, pace: 10)
            // A step whose transaction fails used no numbers.
            try scene.store.failBatch([.catalog(.stepReplay(key: replay.id.key))])
            #expect(try scene.store.store.replay(application: scene.application, replay.id.reference) == replay)
            if round == 3 { try scene.store.restart() }
            #expect(try scene.finish(replay).state == .finished)
        }
        let sequences = try scene.published.flatMap { try scene.store.store.deliveries(ofMessage: $0) }.map(\.sequence)
        #expect(sequences.sorted() == Array(1...24))
    }
}
