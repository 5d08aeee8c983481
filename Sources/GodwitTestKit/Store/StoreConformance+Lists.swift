import GodwitCore
import GodwitStore
import Testing

extension StoreConformance {
    package static func contentIsExpunged(_ factory: StoreFactory) throws {
        let scene = try StoreScene(factory)
        let raw = RawPayload(body: Array("a\u{0}b <é>".utf8), contentType: "text/xml")
        let messages = [scene.message(eventID: "one"), scene.message(raw: raw), scene.message()]
        for message in messages { try scene.publish(message, to: [1, 2]) }
        #expect(try scene.store.message(application: 1, messages[1].id.reference)?.raw == raw)
        let first = DeliveryKey(message: messages[0].id.key, endpoint: 1)
        let delivered = DeliveryStateMachine(state: .delivered(at: scene.now), attempts: 1, scheduledAttempts: 1, resume: nil)
        let answered = scene.attempt(first, outcome: .responded(ReceiverResponse(status: 200, body: [1, 2])))
        let failed = scene.attempt(first, outcome: .failed(TransportFailure(.connectFailed, "refused")), succeeded: false)
        #expect(try scene.move(first, to: delivered, attempt: answered))
        _ = try scene.move(first, to: delivered, attempt: failed)

        let named = [Reference.uid("one"), .uid("none"), messages[1].id.reference]
        for again in [false, true] {
            let result = try scene.change(.content(.expungeMessages(application: 1, named)))
            guard case .content(.expunged(found: [true, false, true], let cancelled)) = result else {
                Issue.record("expunged: \(result)")
                return
            }
            // What was delivered stays delivered.
            let open = [(0, 2), (1, 1), (1, 2)].map { DeliveryKey(message: messages[$0.0].id.key, endpoint: $0.1) }
            #expect(cancelled == (again ? [] : open))
        }
        let others = try scene.change(.content(.expungeMessages(application: 2, [messages[2].id.reference])))
        guard case .content(.expunged(found: [false], cancelled: [])) = others else {
            Issue.record("a message of another application was expunged")
            return
        }
        for attempt in [answered, failed] {
            try scene.change(.content(.expungeAttempt(message: first.message, attempt.id.reference)))
            refused(.notFound) {
                try scene.change(.content(.expungeAttempt(message: first.message + 1, attempt.id.reference)))
            }
        }
        try scene.reopen()
        let heads = try scene.store.messageHeads([messages[2].id.key, 5])
        #expect(heads.mapValues(\.content) == [messages[2].id.key: messages[2].withoutPayload.content])
        let kept = try messages.map { try scene.store.message(application: 1, $0.id.reference) }
        #expect(kept.map { $0?.payload == nil } == [true, true, false] && kept[1]?.raw == nil)
        #expect(try scene.store.attempt(message: first.message, answered.id.reference) == answered.expunged)
        #expect(try scene.store.attempt(message: first.message, failed.id.reference) == failed.expunged)
        #expect(try scene.store.delivery(first)?.status == .success)
    }

    package static func endpointMessagesHavePagesAndFilters(_ factory: StoreFactory) throws {
        let scene = try StoreScene(factory)
        let (now, due) = (scene.now, scene.now + .seconds(60))
        let machines: [DeliveryStateMachine] = [
            .accepted(under: scene.lease), .waiting(due: due),
            DeliveryStateMachine(state: .waiting(due: due), attempts: 2, scheduledAttempts: 2, resume: nil),
            DeliveryStateMachine(state: .delivered(at: now), attempts: 1, scheduledAttempts: 1, resume: nil),
            DeliveryStateMachine(state: .exhausted(at: now), attempts: 3, scheduledAttempts: 3, resume: nil),
            DeliveryStateMachine(state: .cancelled(at: now), attempts: 0, scheduledAttempts: 0, resume: nil),
        ]
        var rows: [(message: Message, status: AttemptStatus)] = []
        for index in 0..<18 {
            scene.advance(.seconds(1))
            let message = scene.message(
                eventType: index % 2 == 0 ? "even" : "odd", channels: index % 3 == 0 ? ["c"] : [],
                tags: index % 4 == 0 ? ["t"] : [])
            let machine = machines[index % machines.count]
            try scene.publish(message, to: [7], as: machine)
            try scene.publish(scene.message(), to: [8])
            rows.append((message, machine.status))
        }
        func check(
            _ filter: EndpointMessageFilter, sourceLocation: SourceLocation = #_sourceLocation,
            _ isIn: ((message: Message, status: AttemptStatus)) -> Bool
        ) throws {
            let keys = rows.filter(isIn).map(\.message.id.key)
            try walk(keys, key: \.message.id.key, sourceLocation: sourceLocation) {
                try scene.store.endpointMessages(endpoint: 7, filter, $0)
            }
        }
        try check(EndpointMessageFilter()) { _ in true }
        for status in AttemptStatus.allCases {
            try check(EndpointMessageFilter(status: status)) { $0.status == status }
            try check(EndpointMessageFilter(messages: MessageFilter(channel: "c"), status: status)) {
                $0.status == status && !$0.message.channels.isEmpty
            }
        }
        try check(EndpointMessageFilter(messages: MessageFilter(eventTypes: ["odd"]))) { $0.message.eventType == "odd" }
        try check(EndpointMessageFilter(messages: MessageFilter(tag: "t"))) { !$0.message.tags.isEmpty }
        let middle = rows[9].message.createdAt
        try check(EndpointMessageFilter(messages: MessageFilter(before: middle))) { $0.message.createdAt < middle }
        try check(EndpointMessageFilter(messages: MessageFilter(after: middle))) { $0.message.createdAt > middle }
    }

    package static func listsLookAtBoundedManyRows(_ factory: StoreFactory) throws {
        let scene = try StoreScene(factory)
        // The one that is looked for stands behind as many as a page looks at.
        let wanted = scene.message(eventType: "rare", channels: ["c"])
        try scene.publish(wanted, to: [7])
        let others = (0..<Limits.listScan).map { _ in scene.message(channels: ["c"], payload: nil) }
        try scene.commit(others.map { scene.publication($0, to: [7]) })
        let filter = MessageFilter(eventTypes: ["rare"], channel: "c")
        func look<Item>(_ fetch: (PageRequest<Int64>) throws -> Page<Item>) throws -> [Item] {
            let first = try fetch(PageRequest(limit: 5, order: .descending))
            #expect(first.items.isEmpty && first.hasMore)
            #expect(first.end == ScanEnd(key: others[0].id.key, isBackwards: false))
            let second = try fetch(PageRequest(limit: 5, position: .after(first.end?.key ?? 0), order: .descending))
            #expect(!second.hasMore && second.end == nil)
            return second.items
        }
        #expect(try look { try scene.store.messages(application: 1, filter, $0) }.map(\.id) == [wanted.id])
        let ofEndpoint = EndpointMessageFilter(messages: filter)
        #expect(
            try look { try scene.store.endpointMessages(endpoint: 7, ofEndpoint, $0) }.map(\.message.id) == [wanted.id])
        // Against the list's order.
        let back = try scene.store.messages(
            application: 1, filter, PageRequest(limit: 5, position: .before(wanted.id.key), order: .descending))
        #expect(back.items.isEmpty && back.hasMore)
        #expect(back.end == ScanEnd(key: others[others.count - 1].id.key, isBackwards: true))
        // An index that knows the filter needs no bound.
        let exact = PageRequest<Int64>(limit: 5, order: .descending)
        let found = try scene.store.messages(application: 1, MessageFilter(eventTypes: ["rare"]), exact)
        #expect(found.items.map(\.id) == [wanted.id] && !found.hasMore)
    }
}
