import GodwitCore
import GodwitEngine
import GodwitSignature
import GodwitStore
import GodwitTestKit
import NIOCore
import Testing

@Suite("The delivery engine, on real sockets and a real store") struct DeliveryEngineTests {
    private func verified(_ request: ReceivedRequest, secret: String = EngineFixture.secret(1)) throws -> VerifiedWebhook {
        let timestamp = Int64(request.header("webhook-timestamp") ?? "") ?? 0
        return try WebhookVerifier(keys: [VerificationKey(secret)]).verify(
            body: request.body, at: timestamp, header: { request.header($0) })
    }

    @Test("delivers the payload byte for byte, signed, numbered, with the endpoint's headers")
    func delivers() async throws {
        let receiver = try await ReceiverStub.start(always: .ok)
        let fixture = try await EngineFixture.start()
        let endpoint = try await fixture.endpoint(receiver.url(host: "127.0.0.1", path: "/hook?a=1"))
        let payload = #"{"z":1, "a":1e400,"ü":"\u00e9 é", "n":123456789012345678901234567890}"#
        let message = try await fixture.accepted(payload)
        let request = try #require(try await receiver.waitForRequests(1).first)
        #expect(request.method == "POST" && request.path == "/hook?a=1")
        #expect(request.body == Array(payload.utf8))
        #expect(request.header("webhook-id") == message.id.description)
        #expect(request.header("webhook-sequence") == "1" && request.header("webhook-attempt") == "1")
        #expect(request.header("x-custom") == "yes" && request.header("content-type") == "application/json")
        #expect(try verified(request).id == message.id.description)
        await fixture.engine.stop()
        let reopened = try await EngineFixture.start(path: fixture.path)
        let machine = try #require(try await reopened.delivery(message, endpoint))
        guard case .delivered = machine.state else { return #expect(Bool(false), "\(machine)") }
        let attempt = try #require(try await reopened.attempts(of: message).first)
        #expect(attempt.succeeded && attempt.number == 1 && attempt.timings.total > 0 && attempt.timings.connect != nil)
        await reopened.stop()
        try await receiver.stop()
    }

    @Test("retries until it succeeds, with the same id and a new attempt number")
    func retries() async throws {
        let receiver = try await ReceiverStub.start { _, index in index < 2 ? .status(503) : .ok }
        let fixture = try await EngineFixture.start(schedule: [.milliseconds(10), .milliseconds(10), .milliseconds(10)])
        try await fixture.endpoint(receiver.url)
        let message = try await fixture.accepted()
        let requests = try await receiver.waitForRequests(3)
        #expect(requests.map { $0.header("webhook-attempt") } == ["1", "2", "3"])
        #expect(Set(requests.map { $0.header("webhook-id") }) == [message.id.description])
        for request in requests { _ = try verified(request) }
        await fixture.stop()
        try await receiver.stop()
    }

    @Test("signs with every secret that still counts")
    func rotation() async throws {
        let receiver = try await ReceiverStub.start(always: .ok)
        let fixture = try await EngineFixture.start()
        let endpoint = try await fixture.endpoint(receiver.url)
        let later = fixture.engine.now + .seconds(60)
        let past = fixture.engine.now + .seconds(-60)
        _ = try await fixture.engine.change(
            .changeEndpointByKey(endpoint.id.key) { endpoint in
                endpoint.secrets = [
                    EndpointSecret(wireText: EngineFixture.secret(2)),
                    EndpointSecret(wireText: EngineFixture.secret(1), expiresAt: later),
                    EndpointSecret(wireText: EngineFixture.secret(3), expiresAt: past),
                ]
            })
        _ = try await fixture.accepted()
        let request = try #require(try await receiver.waitForRequests(1).first)
        _ = try verified(request, secret: EngineFixture.secret(2))
        _ = try verified(request, secret: EngineFixture.secret(1))
        #expect(throws: VerificationError.noMatchingSignature) { try verified(request, secret: EngineFixture.secret(3)) }
        await fixture.stop()
        try await receiver.stop()
    }

    @Test("numbers an endpoint's deliveries without a gap, over a restart too")
    func sequences() async throws {
        let receiver = try await ReceiverStub.start(always: .ok)
        let fixture = try await EngineFixture.start()
        try await fixture.endpoint(receiver.url)
        for _ in 0..<20 { _ = try await fixture.accepted() }
        _ = try await receiver.waitForRequests(20)
        await fixture.engine.stop()
        let reopened = try await EngineFixture.start(path: fixture.path)
        for _ in 0..<20 { _ = try await reopened.accepted() }
        let sequences = try await receiver.waitForRequests(40).compactMap { $0.header("webhook-sequence").flatMap { Int($0) } }
        #expect(sequences.sorted() == Array(1...40))
        await reopened.stop()
        try await receiver.stop()
    }

    @Test("delivers what exceeds an endpoint's window in memory, each once")
    func overflow() async throws {
        let receiver = try await ReceiverStub.start(always: .ok)
        let fixture = try await EngineFixture.start(perEndpoint: 2)
        try await fixture.endpoint(receiver.url)
        let count = Limits.heldDeliveriesPerEndpoint * 2 + 100
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<count { group.addTask { _ = await fixture.publish() } }
        }
        let requests = try await receiver.waitForRequests(count, timeout: .seconds(60))
        #expect(Set(requests.compactMap { $0.header("webhook-sequence").flatMap { Int($0) } }) == Set(1...count))
        await fixture.stop()
        try await receiver.stop()
    }

    @Test("one endpoint that never answers doesn't hold up another")
    func isolation() async throws {
        let hanging = try await ReceiverStub.start(always: .hang)
        let healthy = try await ReceiverStub.start(always: .ok)
        let fixture = try await EngineFixture.start(
            timeouts: .init(firstByte: .seconds(10), total: .seconds(10)), perEndpoint: 2)
        try await fixture.endpoint(hanging.url)
        try await fixture.endpoint(healthy.url)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<200 { group.addTask { _ = await fixture.publish() } }
        }
        #expect(try await healthy.waitForRequests(200).count == 200)
        #expect(hanging.requests.count <= 2)
        await fixture.stop()
        try await healthy.stop()
        try await hanging.stop()
    }

    @Test("stops sending to an endpoint that answers 410, and keeps the rest for when it is enabled")
    func gone() async throws {
        let receiver = try await ReceiverStub.start { _, index in index == 0 ? .status(410) : .ok }
        let fixture = try await EngineFixture.start(perEndpoint: 1)
        let endpoint = try await fixture.endpoint(receiver.url)
        let first = try await fixture.accepted()
        _ = try await receiver.waitForRequests(1)
        try await Patience.until { fixture.engine.catalogue.endpoint(endpoint.id.key)?.endpoint.disabled == true }
        try await Patience.until {
            if case .exhausted? = try await fixture.delivery(first, endpoint)?.state { true } else { false }
        }
        _ = try await fixture.engine.change(.changeEndpointByKey(endpoint.id.key) { $0.disabled = false })
        _ = try await fixture.accepted()
        #expect(try await receiver.waitForRequests(2).count == 2)
        await fixture.stop()
        try await receiver.stop()
    }

    @Test("a resend by hand makes one more attempt")
    func resend() async throws {
        let receiver = try await ReceiverStub.start(always: .ok)
        let fixture = try await EngineFixture.start()
        let endpoint = try await fixture.endpoint(receiver.url)
        let message = try await fixture.accepted()
        _ = try await receiver.waitForRequests(1)
        let key = DeliveryKey(message: message.id.key, endpoint: endpoint.id.key)
        try await Patience.until { try await fixture.delivery(message, endpoint)?.state.isFinished == true }
        #expect(try await fixture.engine.resend(key) == .due)
        let requests = try await receiver.waitForRequests(2)
        #expect(requests.map { $0.header("webhook-attempt") } == ["1", "2"])
        try await Patience.until { try await fixture.attempts(of: message).count == 2 }
        #expect(try await fixture.attempts(of: message).map(\.trigger) == [.scheduled, .manual])
        await fixture.stop()
        try await receiver.stop()
    }

    @Test("sends nothing more to a deleted endpoint, and cancels what waited")
    func deletion() async throws {
        let receiver = try await ReceiverStub.start(always: .status(500))
        let fixture = try await EngineFixture.start(schedule: [.seconds(600)])
        let endpoint = try await fixture.endpoint(receiver.url)
        let message = try await fixture.accepted()
        _ = try await receiver.waitForRequests(1)
        try await Patience.until {
            if case .waiting? = try await fixture.delivery(message, endpoint)?.state { true } else { false }
        }
        try await fixture.engine.deleteEndpoint(
            application: fixture.application.id.key, .id(key: endpoint.id.key, text: endpoint.id.description))
        guard case .cancelled? = try await fixture.delivery(message, endpoint)?.state else {
            return #expect(Bool(false), "not cancelled")
        }
        _ = try await fixture.accepted()
        #expect(fixture.engine.catalogue.application(.standard, fixture.application.id.description)?.endpoints.isEmpty == true)
        await fixture.stop()
        #expect(receiver.requests.count == 1)
        try await receiver.stop()
    }

    /// A success that takes about 200 ms to arrive.
    private static let slowly = ReceiverAction.drip(
        Array("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".utf8), everyMilliseconds: 5)

    @Test("ends what is on the wire when it stops, and takes up the rest in its next life")
    func shutdown() async throws {
        let receiver = try await ReceiverStub.start { _, index in index == 0 ? Self.slowly : .ok }
        let fixture = try await EngineFixture.start(perEndpoint: 1)
        let endpoint = try await fixture.endpoint(receiver.url)
        let first = try await fixture.accepted()
        let second = try await fixture.accepted()
        _ = try await receiver.waitForRequests(1)
        await fixture.engine.stop()
        let reopened = try await EngineFixture.start(path: fixture.path)
        #expect(try await receiver.waitForRequests(2).map { $0.header("webhook-id") } == [first, second].map(\.id.description))
        guard case .delivered? = try await reopened.delivery(first, endpoint)?.state else {
            return #expect(Bool(false), "the attempt on the wire was not recorded")
        }
        await reopened.stop()
        try await receiver.stop()
    }
}
