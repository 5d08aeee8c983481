import GodwitCore
import GodwitStore
import Testing

extension StoreConformance {
    package static func acknowledgedPullsAreDelivered(_ factory: StoreFactory) throws {
        let scene = try StoreScene(factory)
        let (application, pushed) = try scene.registered()
        var pulled = scene.endpoint(of: application)
        pulled.mode = .pull
        try scene.change(.insertEndpoint(pulled))
        #expect(try scene.store.endpoint(application: application.id.key, pulled.id.reference)?.mode == .pull)
        for endpoint in [pulled.id.key, pushed.id.key] {
            let keys = try (0..<3).map { _ in try scene.delivery(to: endpoint, as: .waiting(due: scene.now)) }
            func poll(_ poll: ConsumerPoll) throws -> ConsumerBatch {
                guard
                    case .consumer(.batch(let batch)) = try scene.change(
                        .consumer(.poll(endpoint: endpoint, name: "one", poll)))
                else { throw StoreError(.unusable, "a poll was not answered as one") }
                return batch
            }
            #expect(try poll(ConsumerPoll(limit: 2, visibility: .seconds(30))).items == [1, 2])
            scene.advance(.seconds(1))
            for _ in 0..<2 {
                #expect(try poll(ConsumerPoll(acknowledged: [1, 3])).acknowledged == 1)
                let delivered = try keys.map { try scene.store.delivery($0)?.state == .delivered(at: scene.now) }
                #expect(delivered == (endpoint == pulled.id.key ? [true, false, true] : [false, false, false]))
                try scene.reopen()
            }
            #expect(try poll(ConsumerPoll(acknowledged: [2])).acknowledged == 3)
            #expect(try scene.store.consumer(endpoint: endpoint, name: "one")?.acknowledged == 3)
        }
    }
}
