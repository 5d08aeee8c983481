import GodwitCore
import GodwitStore
import Testing

/// Commands of one batch, which a store may write together: nobody can tell.
extension StoreConformance {
    package static func batchesAreInOrder(_ factory: StoreFactory) throws {
        let scene = try StoreScene(factory)
        let delivered = DeliveryStateMachine(state: .delivered(at: scene.now), attempts: 1, scheduledAttempts: 1, resume: nil)
        let again = DeliveryStateMachine(state: .inFlight(scene.lease), attempts: 1, scheduledAttempts: 1, resume: nil)
        let message = scene.message()
        let other = scene.message()
        func move(_ message: Message, _ machine: DeliveryStateMachine, _ attempt: AttemptRecord? = nil) -> WriteCommand {
            let key = DeliveryKey(message: message.id.key, endpoint: 1)
            return .move(Transition(delivery: key, lease: scene.lease, machine: machine, former: .pending), attempt)
        }
        let attempt = scene.attempt(DeliveryKey(message: message.id.key, endpoint: 1))
        let results = try scene.commit([
            // Not there yet.
            move(message, delivered), scene.publication(other, to: [1]), scene.publication(message, to: [1]),
            // Twice under way, then ended, then too late.
            move(message, again, attempt), move(other, delivered), move(message, again), move(message, delivered, attempt),
            move(message, again),
        ])
        let moved = results.compactMap { if case .moved(let moved) = $0 { moved } else { nil } }
        #expect(moved == [false, true, true, true, true, false])
        for message in [message, other] {
            #expect(try scene.store.delivery(DeliveryKey(message: message.id.key, endpoint: 1)) == delivered)
        }
        let minute = scene.now.minutesSince1970
        let counters = try scene.store.statistics(endpoint: 1, minutes: minute..<minute + 1)
        // An attempt that is written twice is one.
        #expect(counters.attemptsSucceeded == 1)
    }

    package static func largeBatchesAreWhole(_ factory: StoreFactory) throws {
        let scene = try StoreScene(factory)
        let noncharacter = String(decoding: [0xEF, 0xB7, 0x90] as [UInt8], as: UTF8.self)
        let odd = ["", "\"", "\\", "'", "{}", "NULL", "null", ",", "a\u{0}b", noncharacter + "0", "웹훅", " ", "\n\t"]
        let messages = (0..<Limits.transactionCommands).map { index in
            let text = odd[index % odd.count]
            return scene.message(
                eventType: "t\(text)", eventID: index % 3 == 0 ? nil : "\(index)\(text)",
                channels: index % 5 == 0 ? [text + "c"] : [],
                tags: index % 7 == 0 ? [text, text + "t"] : [],
                payload: index % 4 == 0 ? nil : index % 4 == 1 ? [] : Array("{\"\(index)\":\"\\u0000\"}".utf8),
                orderingKey: index % 2 == 0 ? text : nil,
                raw: index % 11 == 2 ? RawPayload(body: Array(text.utf8) + [0], contentType: text) : nil)
        }
        try scene.commit(messages.enumerated().map { scene.publication($1, to: $0 % 2 == 0 ? [1, 2] : [2]) })
        for message in messages {
            #expect(try scene.store.message(application: 1, message.id.reference)?.content == message.content)
        }
        let failure = AttemptOutcome.failed(TransportFailure(.connectFailed, "a\u{0}\\\""))
        var attempts: [AttemptRecord] = []
        let moves = messages.enumerated().map { index, message in
            let key = DeliveryKey(message: message.id.key, endpoint: 2)
            let body = ReceiverResponse(status: 503, retryAfter: .delay(.seconds(index)), body: [0, 255, UInt8(index % 256)])
            attempts.append(
                scene.attempt(
                    key, outcome: index % 2 == 0 ? failure : .responded(body), succeeded: false, nextAttempt: scene.now))
            // Every tenth is not ours.
            let lease = Lease(rawValue: scene.lease.rawValue + (index % 10 == 9 ? 1 : 0))
            let machine = DeliveryStateMachine(
                state: .waiting(due: scene.now + .milliseconds(Int64(index))), attempts: 1, scheduledAttempts: 1, resume: nil,
                line: index % 3 == 0 ? Int64(-index) : nil)
            return WriteCommand.move(
                Transition(delivery: key, lease: lease, machine: machine, former: .pending), attempts[index])
        }
        let moved = try scene.commit(moves).map { if case .moved(let moved) = $0 { moved } else { false } }
        #expect(moved == messages.indices.map { $0 % 10 != 9 })
        for (index, attempt) in attempts.enumerated() {
            guard case .move(let transition, _) = moves[index] else { continue }
            #expect(try scene.store.attempt(message: attempt.delivery.message, attempt.id.reference) == attempt)
            let machine = index % 10 == 9 ? DeliveryStateMachine.accepted(under: scene.lease) : transition.machine
            #expect(try scene.store.delivery(attempt.delivery) == machine)
        }
        let minute = scene.now.minutesSince1970
        let counters = try scene.store.statistics(endpoint: 2, minutes: minute..<minute + 1)
        #expect(counters.attemptsFailed == Int64(messages.count))
        #expect(counters.sending == Int64(moved.count { $0 }))
    }

    package static func publishesOfOneBatchKnowEachOther(_ factory: StoreFactory) throws {
        let scene = try StoreScene(factory)
        func key(_ scope: UInt64) -> IdempotencyKey { scene.idempotencyKey(scope) }
        func publish(_ event: String?, _ scope: UInt64?, _ message: Message? = nil) -> WriteCommand {
            scene.publication(message ?? scene.message(eventID: event), to: [1], idempotency: scope.map(key))
        }
        let former = scene.message(eventID: "a\u{0}")
        let first = scene.message(eventID: "b\\\"")
        try scene.commit([publish(nil, 1, former)])
        let results = try scene.commit([
            publish("a\u{0}", nil), publish("a\u{0}", 1), publish("a\u{0}", 2), publish("c", 2), publish(nil, 3, first),
            publish("b\\\"", nil), publish("b\\\"", 3), publish("d", 3), publish("e", nil),
            // What is registered in between changes nothing of that.
            .catalog(.insertApplication(scene.application())),
            publish("e", nil), publish("c", 4), publish("f", 2), publish("g", 5), publish("g", nil), publish("h", 5),
        ])
        let outcomes = results.compactMap { if case .published(let outcome) = $0 { outcome } else { nil } }
        #expect(
            Array(outcomes.prefix(9)) == [
                .duplicateEventID, .repeated(message: former.id.key), .duplicateEventID, .stored(sequences: [2]),
                .stored(sequences: [3]), .duplicateEventID, .repeated(message: first.id.key), .repeated(message: first.id.key),
                .stored(sequences: [4]),
            ])
        #expect(Array(outcomes[9...11].prefix(2)) == [.duplicateEventID, .duplicateEventID])
        guard case .repeated = outcomes[11], case .repeated = outcomes[14] else {
            Issue.record("a key is forgotten behind another command")
            return
        }
        #expect(Array(outcomes[12...13]) == [.stored(sequences: [5]), .duplicateEventID])
    }

    package static func mistakesUndoTheirWholeBatch(_ factory: StoreFactory) throws {
        let scene = try StoreScene(factory)
        let stored = scene.message()
        try scene.publish(stored, to: [1])
        let messages = (0..<50).map { scene.message(eventID: "evt-\($0)") }
        var commands = messages.enumerated().map {
            scene.publication($1, to: [1], idempotency: scene.idempotencyKey(UInt64($0)))
        }
        commands.insert(scene.publication(stored, to: [2]), at: 25)
        #expect(throws: StoreError.self) { try scene.commit(commands) }
        for message in messages { #expect(try scene.store.message(application: 1, message.id.reference) == nil) }
        commands.remove(at: 25)
        let results = try scene.commit(commands)
        for (index, result) in results.enumerated() {
            guard case .published(.stored(let numbers)) = result else { throw StoreError(.unusable, "not stored") }
            #expect(numbers == [Int64(index) + 2])
        }
    }
}
