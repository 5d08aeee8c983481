import GodwitCore
import GodwitStore
import Testing

extension StoreConformance {
    package static func messagesAreStoredAsGiven(_ factory: StoreFactory) throws {
        let scene = try StoreScene(factory)
        let messages = [
            scene.message(), scene.message(eventID: "evt-1", channels: ["a:1", "가"], tags: ["t\""]),
            scene.message(payload: nil), scene.message(payload: []),
            scene.message(payload: [UInt8](repeating: 0, count: 100_000)),
            scene.message(timing: MessageTiming(deliverAt: scene.now + .seconds(9)), orderingKey: "order-7"),
            scene.message(payload: nil, timing: MessageTiming(doNotDeliverAfter: scene.now), orderingKey: ""),
        ]
        for message in messages { #expect(try scene.publish(message) == .stored(sequences: [])) }
        try scene.reopen()
        for message in messages {
            #expect(try scene.store.message(application: 1, message.id.reference)?.content == message.content)
            #expect(try scene.store.message(application: 2, message.id.reference) == nil)
            #expect(try scene.store.message(application: 1, .id(key: message.id.key, text: "msg_guess")) == nil)
        }
        #expect(try scene.store.message(application: 1, .uid("evt-1"))?.content == messages[1].content)
        #expect(try scene.store.message(application: 2, .uid("evt-1")) == nil)
        #expect(try scene.store.deliveries(ofMessage: messages[0].id.key).isEmpty)
        let named = try scene.store.messageIDs([messages[0].id.key, messages[1].id.key, 1])
        #expect(named == [messages[0].id.key: messages[0].id, messages[1].id.key: messages[1].id])
    }

    package static func expiredPayloadsAreExpunged(_ factory: StoreFactory) throws {
        let scene = try StoreScene(factory)
        let days = 86_400
        let messages = [3, 1, 2, 5].map { scene.message(payloadAge: .seconds($0 * days)) }
        for message in messages { try scene.publish(message) }
        let before = scene.now
        scene.now = before + .seconds(3 * days)
        func kept() throws -> [Bool] {
            try messages.map { try scene.store.message(application: 1, $0.id.reference)?.payload != nil }
        }
        // The longest expired first, no more than asked for, and at the very moment.
        guard case .count(2) = try scene.change(.expungePayloads(limit: 2)) else {
            Issue.record("the limit is not kept")
            return
        }
        #expect(try kept() == [true, false, false, true])
        guard case .count(1) = try scene.change(.expungePayloads(limit: 2)) else {
            Issue.record("the rest is not expunged")
            return
        }
        try scene.reopen()
        #expect(try kept() == [false, false, false, true])
    }

    package static func deliveriesBeginAsGiven(_ factory: StoreFactory) throws {
        let scene = try StoreScene(factory)
        let message = scene.message()
        let held = DeliveryStateMachine.accepted(under: scene.lease)
        let overflowed = DeliveryStateMachine.waiting(due: scene.now)
        let results = try scene.commit([
            .publish(NewMessage(message: message, idempotency: nil, deliveries: [(9, held), (4, overflowed)]))
        ])
        guard case .published(.stored(sequences: [1, 1])) = results.first else {
            Issue.record("each endpoint's numbers begin with 1")
            return
        }
        try scene.reopen()
        let key = message.id.key
        #expect(
            try scene.store.deliveries(ofMessage: key) == [
                StoredDelivery(key: DeliveryKey(message: key, endpoint: 4), sequence: 1, machine: overflowed),
                StoredDelivery(key: DeliveryKey(message: key, endpoint: 9), sequence: 1, machine: held),
            ])
        #expect(try scene.store.delivery(DeliveryKey(message: key, endpoint: 9)) == held)
        #expect(try scene.store.delivery(DeliveryKey(message: key, endpoint: 8)) == nil)
    }

    package static func sequencesHaveNoGaps(_ factory: StoreFactory) throws {
        let scene = try StoreScene(factory)
        var numbers: [Int64: [Int64]] = [:]
        func publishBatch(_ size: Int) throws {
            var targets: [[Int64]] = []
            let commands = (0..<size).map { _ in
                targets.append([1, 2, 3, 4].filter { _ in Bool.random(using: &scene.random) })
                return scene.publication(scene.message(), to: targets[targets.count - 1])
            }
            for (result, endpoints) in zip(try scene.commit(commands), targets) {
                guard case .published(.stored(let sequences)) = result else { throw StoreError(.unusable, "not stored") }
                for (endpoint, sequence) in zip(endpoints, sequences) { numbers[endpoint, default: []].append(sequence) }
            }
        }
        for round in 0..<12 {
            try publishBatch(round)
            if round % 3 == 0 {
                try scene.failBatch((0..<round).map { _ in scene.publication(scene.message(), to: [1, 2, 3, 4, 100]) })
            }
            if round % 4 == 3 { try scene.restart() }
        }
        for (endpoint, sequence) in numbers { #expect(sequence == Array(1...Int64(sequence.count)), "endpoint \(endpoint)") }
        #expect(try scene.publish(scene.message(), to: [100]) == .stored(sequences: [1]))
    }

    package static func eventIDsAreUnique(_ factory: StoreFactory) throws {
        let scene = try StoreScene(factory)
        let first = scene.message(eventID: "evt")
        let results = try scene.commit([
            scene.publication(first, to: [1]), scene.publication(scene.message(eventID: "evt"), to: [1]),
            scene.publication(scene.message(of: 2, eventID: "evt"), to: [1]),
        ])
        let outcomes = results.map { if case .published(let outcome) = $0 { outcome } else { nil } as PublishResult? }
        #expect(outcomes == [.stored(sequences: [1]), .duplicateEventID, .stored(sequences: [2])])
        try scene.reopen()
        #expect(try scene.publish(scene.message(eventID: "evt"), to: [1]) == .duplicateEventID)
        #expect(try scene.publish(scene.message(eventID: "evt-2"), to: [1]) == .stored(sequences: [3]))
        #expect(try scene.store.message(application: 1, .uid("evt"))?.content == first.content)
    }

    package static func messagePagesEndAtTheirSize(_ factory: StoreFactory) throws {
        let scene = try StoreScene(factory)
        let large = [UInt8](repeating: 0x20, count: Limits.pagePayloadBytes / 4)
        let messages = (0..<6).map { _ in scene.message(payload: large) }
        for message in messages { try scene.publish(message) }
        let first = try scene.store.messages(application: 1, MessageFilter(), PageRequest(limit: 50, order: .ascending))
        #expect(first.items.map(\.id) == messages.prefix(4).map(\.id) && first.hasMore)
        let rest = PageRequest(limit: 50, position: .after(messages[3].id.key), order: .ascending)
        let second = try scene.store.messages(application: 1, MessageFilter(), rest)
        #expect(second.items.map(\.id) == messages.suffix(2).map(\.id) && !second.hasMore)
        let back = PageRequest(limit: 50, position: .before(messages[5].id.key), order: .ascending)
        let backward = try scene.store.messages(application: 1, MessageFilter(), back)
        #expect(backward.items.map(\.id) == messages[1...4].map(\.id) && backward.hasMore)
    }

    package static func messageListsHavePagesAndFilters(_ factory: StoreFactory) throws {
        let scene = try StoreScene(factory)
        var messages: [Message] = []
        for index in 0..<12 {
            scene.advance(.seconds(1))
            let message = scene.message(
                eventType: index % 2 == 0 ? "even" : "odd", channels: index % 3 == 0 ? ["three", "x"] : [],
                tags: index % 4 == 0 ? ["four"] : [])
            messages.append(message)
            try scene.publish(message)
            try scene.publish(scene.message(of: 2))
        }
        func check(_ filter: MessageFilter, sourceLocation: SourceLocation = #_sourceLocation, _ isIn: (Int) -> Bool) throws {
            let keys = messages.indices.filter(isIn).map { messages[$0].id.key }
            try walk(keys, key: \.id.key, sourceLocation: sourceLocation) {
                try scene.store.messages(application: 1, filter, $0)
            }
        }
        try check(MessageFilter()) { _ in true }
        try check(MessageFilter(eventTypes: ["odd", "unknown"])) { $0 % 2 == 1 }
        try check(MessageFilter(eventTypes: [])) { _ in false }
        try check(MessageFilter(channel: "three")) { $0 % 3 == 0 }
        try check(MessageFilter(tag: "four")) { $0 % 4 == 0 }
        try check(MessageFilter(eventTypes: ["even"], channel: "x", tag: "four")) { $0 % 12 == 0 }
        // Both moments are outside.
        try check(MessageFilter(before: messages[8].createdAt)) { $0 < 8 }
        try check(MessageFilter(after: messages[3].createdAt)) { $0 > 3 }
        try check(MessageFilter(before: messages[8].createdAt, after: messages[3].createdAt)) { $0 > 3 && $0 < 8 }
        // A cursor outside of them widens nothing.
        let between = MessageFilter(before: messages[8].createdAt, after: messages[3].createdAt)
        let down = PageRequest(limit: 50, position: .after(messages[11].id.key), order: .descending)
        #expect(try scene.store.messages(application: 1, between, down).items.map(\.id) == messages[4..<8].map(\.id).reversed())
        let up = PageRequest(limit: 50, position: .after(messages[0].id.key), order: .ascending)
        #expect(try scene.store.messages(application: 1, between, up).items.map(\.id) == messages[4..<8].map(\.id))
    }
}
