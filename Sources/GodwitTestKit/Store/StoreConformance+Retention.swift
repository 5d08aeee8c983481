import GodwitCore
import GodwitStore
import Testing

extension StoreConformance {
    private static let year: Duration = .seconds(365 * 86_400)

    package static func oldMessagesAreForgotten(_ factory: StoreFactory) throws {
        let scene = try StoreScene(factory)
        let labelled = scene.message(eventID: "evt", channels: ["c"], tags: ["t"])
        try scene.publish(labelled, to: [1, 2])
        let keys = [1, 2].map { DeliveryKey(message: labelled.id.key, endpoint: $0) }
        for key in keys { #expect(try scene.move(key, to: delivered(at: scene.now), attempt: scene.attempt(key))) }
        let bare = scene.message(eventID: "bare")
        try scene.publish(bare)
        let counted = try scene.store.statistics(endpoint: 1, minutes: 0..<scene.now.minutesSince1970 + 1)
        scene.now = scene.now + year
        // A neighbour of other keys, which is as old as the cut-off.
        let young = scene.message(eventID: "young", channels: ["c"], payload: nil)
        try scene.publish(young, to: [1], as: cancelled(at: scene.now))
        let before = scene.now
        scene.advance(.seconds(3600))

        // Bodies go before the rest.
        #expect(try scene.forget(before: before) == .forgotten(count: 0, upTo: bare.id.key, isLast: true))
        #expect(try scene.count(of: .expungePayloads(limit: 9)) == 2)
        #expect(try scene.forget(before: before) == .forgotten(count: 2, upTo: bare.id.key, isLast: true))
        for _ in 0..<2 {
            #expect(try scene.forget(before: before) == .forgotten(count: 0, upTo: 0, isLast: true))
            for message in [labelled, bare] {
                #expect(try scene.store.message(application: 1, message.id.reference) == nil)
                #expect(try scene.store.deliveries(ofMessage: message.id.key).isEmpty)
            }
            #expect(try scene.store.message(application: 1, .uid("evt")) == nil)
            #expect(try scene.store.messageIDs([labelled.id.key, young.id.key]) == [young.id.key: young.id])
            let all = PageRequest<Int64>(limit: 9, order: .ascending)
            for filter in [MessageFilter(), MessageFilter(channel: "c"), MessageFilter(eventTypes: ["payment.approved"])] {
                #expect(try scene.store.messages(application: 1, filter, all).items.map(\.id) == [young.id])
            }
            #expect(try scene.store.messages(application: 1, MessageFilter(tag: "t"), all).items.isEmpty)
            #expect(try scene.store.attempts(AttemptFilter(subject: .endpoint(1)), all).items.isEmpty)
            #expect(try scene.store.feed(endpoint: 1, after: 0, limit: 9).map(\.sequence) == [2])
            #expect(try scene.store.feed(endpoint: 2, after: 0, limit: 9).isEmpty)
            #expect(try scene.store.feedHead(endpoint: 2) == 1)
            #expect(try scene.store.statistics(endpoint: 1, minutes: 0..<before.minutesSince1970) == counted)
            try scene.restart()
        }
        // Numbers go on, and the event id is free again.
        #expect(
            try scene.publish(scene.message(eventID: "evt", channels: ["c"], tags: ["t"]), to: [2]) == .stored(sequences: [2]))
        #expect(try scene.publish(scene.message(eventID: "young"), to: [2]) == .duplicateEventID)
    }

    package static func eventIDsAreFreeAtOnce(_ factory: StoreFactory) throws {
        let scene = try StoreScene(factory)
        try scene.publish(scene.message(eventID: "evt", payload: nil))
        scene.now = scene.now + year
        let forget = RetentionCommand.forget(before: scene.now, after: 0, limit: 1)
        let results = try scene.commit([
            scene.publication(scene.message(eventID: "evt")), .catalog(.retention(forget)),
            scene.publication(scene.message(eventID: "evt")), scene.publication(scene.message(eventID: "evt")),
        ])
        let outcomes = results.map { if case .published(let outcome) = $0 { outcome } else { nil } as PublishResult? }
        #expect(outcomes == [.duplicateEventID, nil, .stored(sequences: []), .duplicateEventID])
    }

    package static func unfinishedMessagesAreKept(_ factory: StoreFactory) throws {
        let scene = try StoreScene(factory)
        let end = scene.now + year
        let machines: [DeliveryStateMachine] = [
            .waiting(due: end), .accepted(under: scene.lease), delivered(at: end),
            DeliveryStateMachine(state: .exhausted(at: scene.now), attempts: 1, scheduledAttempts: 1, resume: nil, line: 7),
            DeliveryStateMachine(state: .exhausted(at: scene.now), attempts: 1, scheduledAttempts: 1, resume: nil),
            cancelled(at: scene.now),
        ]
        var keys: [DeliveryKey] = []
        for machine in machines {
            // Whatever else of it has ended.
            let message = scene.message(payload: nil)
            try scene.commit([
                .publish(
                    NewMessage(
                        message: message, idempotency: nil, deliveries: [(1, cancelled(at: scene.now)), (2, machine)]))
            ])
            keys.append(DeliveryKey(message: message.id.key, endpoint: 2))
        }
        func kept() throws -> [Bool] { try keys.map { try scene.store.delivery($0) != nil } }
        scene.now = end
        #expect(try scene.forget(before: end) == .forgotten(count: 2, upTo: keys[5].message, isLast: true))
        #expect(try kept() == [true, true, true, true, false, false])
        // What ended just now may have an attempt on the wire.
        scene.now = end + Limits.forgottenAfterEnd + .milliseconds(-1)
        #expect(try scene.forget(before: end) == .forgotten(count: 0, upTo: keys[3].message, isLast: true))
        scene.advance(.milliseconds(1))
        #expect(try scene.forget(before: end) == .forgotten(count: 1, upTo: keys[3].message, isLast: true))
        #expect(try kept() == [true, true, false, true, false, false])
        // A dead letter that lets the others pass holds up nothing any more.
        #expect(try scene.count(of: .releaseLines(endpoint: 2, message: nil, limit: 9)) == 1)
        #expect(try scene.forget(before: end) == .forgotten(count: 1, upTo: keys[3].message, isLast: true))
        #expect(try kept() == [true, true, false, false, false, false])
        #expect(try scene.store.headOfLine(endpoint: 2, line: 7) == nil)
        #expect(try scene.store.deadLetters(endpoint: 2, PageRequest(limit: 9, order: .ascending)).items.isEmpty)
    }

    package static func forgettingGoesStepByStep(_ factory: StoreFactory) throws {
        let scene = try StoreScene(factory)
        let start = scene.now
        var keys: [Int64] = []
        for index in 0..<6 {
            scene.advance(.seconds(1))
            let message = scene.message(payload: nil)
            // The second has not ended.
            try scene.publish(message, to: [1], as: index == 1 ? .waiting(due: scene.now) : cancelled(at: scene.now))
            keys.append(message.id.key)
        }
        scene.now = scene.now + year
        #expect(try scene.forget(before: start) == .forgotten(count: 0, upTo: 0, isLast: true))
        #expect(try scene.forget(before: start + .seconds(2), limit: 1) == .forgotten(count: 1, upTo: keys[0], isLast: false))
        // Nothing of the very moment.
        #expect(try scene.forget(before: start + .seconds(2)) == .forgotten(count: 0, upTo: 0, isLast: true))
        let later = start + .seconds(6)
        #expect(try scene.forget(before: later, limit: 2) == .forgotten(count: 2, upTo: keys[3], isLast: false))
        // From a place further on, what had to stay isn't looked at again.
        #expect(try scene.forget(before: later, after: keys[3]) == .forgotten(count: 1, upTo: keys[4], isLast: true))
        #expect(try scene.forget(before: later, after: keys[4]) == .forgotten(count: 0, upTo: keys[4], isLast: true))
        let all = PageRequest<Int64>(limit: 9, order: .ascending)
        #expect(try scene.store.messages(application: 1, MessageFilter(), all).items.map(\.id.key) == [keys[1], keys[5]])
        #expect(try scene.store.feed(endpoint: 1, after: 0, limit: 9).map(\.sequence) == [2, 6])
    }

    package static func oldStatisticsAreForgotten(_ factory: StoreFactory) throws {
        let scene = try StoreScene(factory)
        let hour = scene.now.minutesSince1970 / 60 * 60
        for index in 0..<4 {
            scene.now = Instant(millisecondsSince1970: (hour + Int64(index) * 60) * 60_000)
            // The second has not ended.
            try scene.delivery(to: 1, as: index == 1 ? .waiting(due: scene.now) : delivered(at: scene.now))
        }
        func counted() throws -> [Int64] {
            try (0..<4).map { (index: Int64) -> Int64 in
                let first = hour + index * 60
                return try scene.store.statistics(endpoint: 1, minutes: first..<first + 60).deliveries
            }
        }
        func forget(before: Int64, limit: Int) throws -> RetentionResult {
            try scene.retention(.forgetStatistics(before: before, limit: limit))
        }
        #expect(try forget(before: hour, limit: 9) == .count(0))
        #expect(try forget(before: hour + 180, limit: 1) == .count(1))
        #expect(try counted() == [0, 1, 1, 1])
        #expect(try forget(before: hour + 180, limit: 9) == .count(1))
        #expect(try forget(before: hour + 180, limit: 9) == .count(0))
        try scene.reopen()
        #expect(try counted() == [0, 1, 0, 1])
    }

    package static func consumersPassWhatIsForgotten(_ factory: StoreFactory) throws {
        let scene = try StoreScene(factory)
        let endpoint = try scene.registered().endpoint.id.key
        func poll(_ name: String) throws -> ConsumerBatch {
            let poll = ConsumerPoll(limit: 9, visibility: .seconds(30))
            guard case .consumer(.batch(let batch)) = try scene.change(.consumer(.poll(endpoint: endpoint, name: name, poll)))
            else { throw StoreError(.unusable, "a poll was not answered as one") }
            return batch
        }
        for _ in 0..<3 { try scene.delivery(to: endpoint, as: cancelled(at: scene.now), payload: nil) }
        #expect(try poll("old").items == [1, 2, 3])
        scene.now = scene.now + year
        let before = scene.now
        try scene.delivery(to: endpoint, as: delivered(at: scene.now))
        scene.advance(.seconds(3600))
        guard case .forgotten(count: 3, _, _) = try scene.forget(before: before) else {
            Issue.record("what is old must be forgotten")
            return
        }
        for name in ["old", "new"] {
            let batch = try poll(name)
            #expect(batch.items == [4] && batch.acknowledged == 3 && batch.head == 4 && !batch.hasMore)
        }
        // Also when nothing is left.
        let emptied = try scene.registered().endpoint.id.key
        try scene.delivery(to: emptied, as: cancelled(at: scene.now), payload: nil)
        scene.now = scene.now + year
        try scene.forget(before: scene.now)
        guard
            case .consumer(.batch(let batch)) = try scene.change(
                .consumer(.poll(endpoint: emptied, name: "one", ConsumerPoll(limit: 9))))
        else { throw StoreError(.unusable, "a poll was not answered as one") }
        #expect(batch.items.isEmpty && batch.acknowledged == 1 && batch.head == 1 && !batch.hasMore)
    }

    private static func delivered(at now: Instant) -> DeliveryStateMachine {
        DeliveryStateMachine(state: .delivered(at: now), attempts: 1, scheduledAttempts: 1, resume: nil)
    }

    private static func cancelled(at now: Instant) -> DeliveryStateMachine {
        DeliveryStateMachine(state: .cancelled(at: now), attempts: 0, scheduledAttempts: 0, resume: nil)
    }
}

extension StoreScene {
    fileprivate func retention(_ command: RetentionCommand) throws -> RetentionResult {
        guard case .retention(let result) = try change(.retention(command)) else {
            throw StoreError(.unusable, "a retention was not answered as one")
        }
        return result
    }

    @discardableResult
    fileprivate func forget(before: Instant, after: Int64 = 0, limit: Int = 100) throws -> RetentionResult {
        try retention(.forget(before: before, after: after, limit: limit))
    }
}
