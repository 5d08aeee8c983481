import GodwitCore
import GodwitStore
import Testing

/// What every store must do. Each function is one promise; run them all over each store.
package enum StoreConformance {
    /// Expects that the call is refused with this code.
    static func refused<Value>(
        _ code: StoreError.Code, sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Value
    ) {
        let error = #expect(throws: StoreError.self, sourceLocation: sourceLocation) { try body() }
        #expect(error?.code == code, sourceLocation: sourceLocation)
    }

    /// Walks a list from both ends, in both orders, with pages of several sizes.
    ///
    /// - Parameter keys: what the list holds, ascending.
    static func walk<Item, Key: Hashable & Comparable & Sendable>(
        _ keys: [Key], key: (Item) -> Key, sourceLocation: SourceLocation = #_sourceLocation,
        fetch: (PageRequest<Key>) throws -> Page<Item>
    ) throws {
        for order in [PageRequest<Key>.Order.ascending, .descending] {
            let expected = order == .ascending ? keys : keys.reversed()
            for limit in [1, 2, 3, keys.count, keys.count + 1] where limit > 0 {
                var forward: [Key] = []
                var position = PageRequest<Key>.Position.start
                while true {
                    let page = try fetch(PageRequest(limit: limit, position: position, order: order))
                    forward += page.items.map(key)
                    #expect(page.hasMore == (forward.count < expected.count), sourceLocation: sourceLocation)
                    guard page.hasMore, let last = forward.last else { break }
                    #expect(page.items.count == limit, sourceLocation: sourceLocation)
                    position = .after(last)
                }
                #expect(forward == expected, sourceLocation: sourceLocation)

                guard var first = expected.last else { continue }
                var backward: [Key] = []
                while true {
                    let page = try fetch(PageRequest(limit: limit, position: .before(first), order: order))
                    backward = page.items.map(key) + backward
                    #expect(page.hasMore == (backward.count < expected.count - 1), sourceLocation: sourceLocation)
                    guard page.hasMore, let next = backward.first else { break }
                    first = next
                }
                #expect(backward == Array(expected.dropLast()), sourceLocation: sourceLocation)
            }
        }
    }

    package static func settingsAreKept(_ factory: StoreFactory) throws {
        let scene = try StoreScene(factory)
        #expect(try scene.store.setting(named: "jwt") == nil)
        guard case .setting("first") = try scene.change(.setSettingOnce(name: "jwt", value: "first")) else {
            Issue.record("the first value must stand")
            return
        }
        guard case .setting("first") = try scene.change(.setSettingOnce(name: "jwt", value: "second")) else {
            Issue.record("the first value must stand")
            return
        }
        try scene.reopen()
        #expect(try scene.store.setting(named: "jwt") == "first")
    }

    package static func failedBatchLeavesNothing(_ factory: StoreFactory) throws {
        let scene = try StoreScene(factory)
        let application = scene.application(uid: "lost")
        let key = try scene.delivery(to: 7, as: .accepted(under: scene.lease))
        let lost = scene.message(eventID: "lost")
        let attempt = scene.attempt(key)
        let delivered = DeliveryStateMachine(state: .delivered(at: scene.now), attempts: 1, scheduledAttempts: 1, resume: nil)
        try scene.failBatch([
            .catalog(.insertApplication(application)),
            .catalog(.setSettingOnce(name: "lost", value: "lost")),
            .catalog(.rememberResponse(scene.idempotencyKey(1), StoredResponse(status: 201, body: [1]))),
            .move(Transition(delivery: key, lease: scene.lease, machine: delivered, former: .pending), attempt),
            scene.publication(lost, to: [7], idempotency: scene.idempotencyKey(2)),
        ])
        for _ in 0..<2 {
            #expect(try scene.store.application(.standard, .uid("lost")) == nil)
            #expect(try scene.store.setting(named: "lost") == nil)
            #expect(try scene.store.rememberedResponse(scene.idempotencyKey(1), since: .distantPast) == .none)
            #expect(try scene.store.delivery(key)?.state == .inFlight(scene.lease))
            #expect(try scene.store.attempt(message: key.message, attempt.id.reference) == nil)
            #expect(try scene.store.message(application: 1, lost.id.reference) == nil)
            try scene.reopen()
        }
        // Neither the sequence number nor the keys were used up.
        #expect(try scene.publish(lost, to: [7], idempotency: scene.idempotencyKey(2)) == .stored(sequences: [2]))
    }

    package static func greatestKeyCountsEverything(_ factory: StoreFactory) throws {
        let scene = try StoreScene(factory)
        #expect(try scene.store.greatestKey() == 0)
        let application = scene.application()
        try scene.change(.insertApplication(application))
        #expect(try scene.store.greatestKey() == application.id.key)
        let endpoint = scene.endpoint(of: application)
        try scene.change(.insertEndpoint(endpoint))
        #expect(try scene.store.greatestKey() == endpoint.id.key)
        let delivery = try scene.delivery(to: endpoint.id.key, as: .accepted(under: scene.lease))
        #expect(try scene.store.greatestKey() == delivery.message)
        let attempt = scene.attempt(delivery)
        #expect(try scene.move(delivery, to: .waiting(due: scene.now), attempt: attempt))
        #expect(try scene.store.greatestKey() == attempt.id.key)
        let last = scene.application()
        try scene.change(.insertApplication(last))
        try scene.change(.deleteApplication(.standard, last.id.reference))
        #expect(try scene.store.greatestKey() == last.id.key)
    }
}
