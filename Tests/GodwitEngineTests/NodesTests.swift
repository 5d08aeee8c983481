import GodwitCore
import GodwitEngine
import GodwitSimulation
import GodwitStore
import GodwitTestKit
import NIOCore
import Testing

/// Two engines of one process over one store that is shared, as two processes would share a database.
@Suite("Two engines over one store") struct NodesTests {
    private struct Pair {
        let store = ModelStore(isShared: true)
        let first: EngineFixture
        let second: EngineFixture
        let receiver: ReceiverStub

        init(_ firstRole: NodeRole = .all, _ secondRole: NodeRole = .all) async throws {
            receiver = try await ReceiverStub.start()
            first = try await EngineFixture.start(store: store, role: firstRole)
            second = try await EngineFixture.start(store: store, role: secondRole)
        }

        func stop() async throws {
            await first.stop()
            await second.stop()
            try await receiver.stop()
        }

        func knows(_ fixture: EngineFixture, _ endpoint: Endpoint) -> Bool {
            fixture.engine.catalogue.endpoint(endpoint.id.key)?.endpoint == endpoint
        }

        func areDelivered(_ messages: [Message], to endpoint: Endpoint) -> Bool {
            messages.allSatisfy { message in
                let key = DeliveryKey(message: message.id.key, endpoint: endpoint.id.key)
                return if case .delivered = store.delivery(key)?.state { true } else { false }
            }
        }
    }

    @Test("know of what the other registers, changes and deletes")
    func catalogue() async throws {
        let pair = try await Pair()
        var endpoint = try await pair.second.endpoint(pair.receiver.url)
        #expect(!pair.knows(pair.first, endpoint) || pair.knows(pair.second, endpoint))
        try await Patience.until(within: .seconds(5)) { pair.knows(pair.first, endpoint) }
        let message = try await pair.first.accepted()
        try await Patience.until { pair.areDelivered([message], to: endpoint) }

        let reference = Reference.id(key: endpoint.id.key, text: endpoint.id.description)
        guard
            case .endpoint(let changed) = try await pair.first.engine.change(
                .changeEndpoint(application: endpoint.application, reference) { $0.description = "changed" })
        else { throw EngineFixture.NotAccepted() }
        endpoint = changed
        try await Patience.until(within: .seconds(5)) { pair.knows(pair.second, endpoint) }
        try await pair.first.engine.deleteEndpoint(application: endpoint.application, reference)
        try await Patience.until(within: .seconds(5)) { pair.second.engine.catalogue.endpoint(endpoint.id.key) == nil }
        try await pair.stop()
    }

    @Test(
        "deliver in order, whichever accepted it",
        arguments: [DeliveryPolicy(order: .fifo(nil, .block)), DeliveryPolicy(rateLimit: RateLimit(concurrent: 1))])
    func order(policy: DeliveryPolicy) async throws {
        let pair = try await Pair()
        let endpoint = try await pair.first.endpoint(pair.receiver.url, policy: policy)
        try await Patience.until(within: .seconds(5)) { pair.knows(pair.second, endpoint) }
        var messages: [Message] = []
        for number in 0..<20 {
            let fixture = number % 2 == 0 ? pair.first : pair.second
            messages.append(try await fixture.accepted(#"{"number":\#(number)}"#))
        }
        try await Patience.until { pair.areDelivered(messages, to: endpoint) }
        let ids = pair.receiver.requests.map { $0.header("webhook-id") ?? "" }
        #expect(ids.count == 20)
        if policy.order != .unordered { #expect(ids == messages.map(\.id.description)) }
        #expect(Set(messages.map(\.id.key)).count == 20)
        try await pair.stop()
    }

    @Test("deliver what a node accepts that delivers nothing itself", arguments: [DeliveryPolicy.standard])
    func roles(policy: DeliveryPolicy) async throws {
        let pair = try await Pair(.api, .worker)
        let endpoint = try await pair.first.endpoint(pair.receiver.url, policy: policy)
        var messages: [Message] = []
        for _ in 0..<10 { messages.append(try await pair.first.accepted()) }
        try await Patience.until { pair.areDelivered(messages, to: endpoint) }
        #expect(pair.receiver.requests.count == 10)
        try await pair.stop()
    }

    @Test("take over what a node held that was given up, and that node begins anew")
    func takeOver() async throws {
        let pair = try await Pair()
        let endpoint = try await pair.first.endpoint(pair.receiver.url)
        let lost = Lease(rawValue: 1)
        // As a third node would, that takes the first for dead.
        let now = pair.first.engine.now
        for command: NodeCommand in [.giveUp(lost, silentFor: .zero), .takeOver(lost, limit: 100), .remove(lost)] {
            _ = try pair.store.commit([.catalog(.node(command))], at: now)
        }
        // It finds out when it renews its lease; until then it accepts nothing that it would lose.
        try await Patience.until(within: .seconds(20)) {
            if case .accepted = await pair.first.publish() { true } else { false }
        }
        let message = try await pair.first.accepted()
        try await Patience.until { pair.areDelivered([message], to: endpoint) }
        #expect(pair.store.delivery(DeliveryKey(message: message.id.key, endpoint: endpoint.id.key))?.holder == nil)
        try await pair.stop()
        // Both have signed off: nobody has to be taken for dead.
        let last = try pair.store.begin(at: now)
        #expect(pair.store.renew(last, as: .all, at: now)?.count == 1)
    }

    @Test("go on with what the other began")
    func work() async throws {
        let pair = try await Pair()
        let endpoint = try await pair.first.endpoint(pair.receiver.url)
        let message = try await pair.first.accepted()
        try await Patience.until { pair.areDelivered([message], to: endpoint) }
        let waiter = try #require(pair.second.engine.joinFeed(endpoint.id.key))
        async let grown = pair.second.engine.wait(waiter, atMost: .seconds(30))
        let key = DeliveryKey(message: message.id.key, endpoint: endpoint.id.key)
        try await Patience.until(within: .seconds(5)) { pair.second.engine.catalogue.endpoint(endpoint.id.key) != nil }
        #expect(try await pair.second.engine.resend(key) == .due)
        try await Patience.until { pair.receiver.requests.count == 2 }
        _ = try await pair.first.accepted()
        #expect(await grown)
        try await pair.stop()
    }
}
