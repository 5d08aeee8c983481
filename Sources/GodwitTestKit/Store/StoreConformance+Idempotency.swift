import GodwitCore
import GodwitStore
import Testing

extension StoreConformance {
    package static func idempotencyKeysRepeatPublishes(_ factory: StoreFactory) throws {
        let scene = try StoreScene(factory)
        let key = scene.idempotencyKey(1)
        let first = scene.message()
        // The second of one batch sees the first.
        let results = try scene.commit([
            scene.publication(first, to: [1], idempotency: key),
            scene.publication(scene.message(), to: [1], idempotency: key),
            scene.publication(scene.message(), to: [1], idempotency: scene.idempotencyKey(1, request: 2)),
        ])
        let outcomes = results.map { if case .published(let outcome) = $0 { outcome } else { nil } as PublishResult? }
        #expect(outcomes == [.stored(sequences: [1]), .repeated(message: first.id.key), .idempotencyMismatch])
        for _ in 0..<2 {
            #expect(try scene.publish(scene.message(), to: [1], idempotency: key) == .repeated(message: first.id.key))
            let mismatch = scene.idempotencyKey(1, request: 2)
            #expect(try scene.publish(scene.message(), to: [1], idempotency: mismatch) == .idempotencyMismatch)
            #expect(try scene.store.rememberedResponse(key, since: .distantPast) == .mismatch)
            try scene.reopen()
        }
        #expect(try scene.publish(scene.message(), to: [1], idempotency: scene.idempotencyKey(2)) == .stored(sequences: [2]))
    }

    package static func refusedPublishDoesNotUseItsKey(_ factory: StoreFactory) throws {
        let scene = try StoreScene(factory)
        try scene.publish(scene.message(eventID: "evt"))
        let key = scene.idempotencyKey(1)
        #expect(try scene.publish(scene.message(eventID: "evt"), idempotency: key) == .duplicateEventID)
        #expect(try scene.publish(scene.message(eventID: "evt-2"), idempotency: key) == .stored(sequences: []))
    }

    package static func idempotencyKeysExpire(_ factory: StoreFactory) throws {
        let scene = try StoreScene(factory)
        let key = scene.idempotencyKey(1)
        let first = scene.message()
        try scene.publish(first, to: [1], idempotency: key)
        scene.advance(Limits.idempotencyAge)
        #expect(try scene.publish(scene.message(), to: [1], idempotency: key) == .repeated(message: first.id.key))
        scene.advance(.milliseconds(1))
        let second = scene.message()
        #expect(try scene.publish(second, to: [1], idempotency: key) == .stored(sequences: [2]))
        // The older row of the same key is removed, the newer stands.
        #expect(try scene.publish(scene.message(), to: [1], idempotency: key) == .repeated(message: second.id.key))
        for scope in 2..<10 as Range<UInt64> { try scene.publish(scene.message(), idempotency: scene.idempotencyKey(scope)) }
        try scene.reopen()
        #expect(try scene.publish(scene.message(), to: [1], idempotency: key) == .repeated(message: second.id.key))
    }

    package static func oldestIdempotencyKeysAreForgotten(_ factory: StoreFactory) throws {
        let scene = try StoreScene(factory, idempotencyKeys: 10)
        var kept: [(scope: UInt64, message: Int64)] = []
        var scope: UInt64 = 0
        for batch in [1, 4, 9, 10, 11, 3] {
            let messages = (0..<batch).map { _ in scene.message() }
            try scene.commit(
                messages.map { message in
                    scope += 1
                    kept.append((scope, message.id.key))
                    return scene.publication(message, idempotency: scene.idempotencyKey(scope))
                })
            kept = kept.suffix(10)
            if batch == 10 { try scene.reopen() }
            for entry in kept {
                let repeated = try scene.publish(scene.message(), idempotency: scene.idempotencyKey(entry.scope))
                #expect(repeated == .repeated(message: entry.message))
            }
            if let oldest = kept.first, oldest.scope > 1 {
                let forgotten = scene.idempotencyKey(oldest.scope - 1)
                #expect(try scene.store.rememberedResponse(forgotten, since: .distantPast) == .none)
            }
        }
    }

    package static func responsesAreRemembered(_ factory: StoreFactory) throws {
        let scene = try StoreScene(factory)
        let key = scene.idempotencyKey(1)
        let response = StoredResponse(status: 201, body: Array("{\"id\":1}".utf8))
        #expect(try scene.store.rememberedResponse(key, since: .distantPast) == .none)
        try scene.change(.rememberResponse(key, response))
        try scene.change(.rememberResponse(key, StoredResponse(status: 200, body: [])))
        try scene.change(.rememberResponse(scene.idempotencyKey(2), StoredResponse(status: 200, body: [])))
        for _ in 0..<2 {
            #expect(try scene.store.rememberedResponse(key, since: scene.now) == .response(response))
            #expect(try scene.store.rememberedResponse(key, since: scene.now + .milliseconds(1)) == .none)
            let other = scene.idempotencyKey(1, request: 2)
            #expect(try scene.store.rememberedResponse(other, since: .distantPast) == .mismatch)
            #expect(
                try scene.store.rememberedResponse(scene.idempotencyKey(2), since: .distantPast)
                    == .response(StoredResponse(status: 200, body: [])))
            #expect(try scene.publish(scene.message(), idempotency: key) == .idempotencyMismatch)
            try scene.reopen()
        }
    }
}
