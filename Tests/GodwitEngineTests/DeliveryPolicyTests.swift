import Foundation
import GodwitCore
import GodwitEngine
import GodwitSignature
import GodwitStore
import GodwitTestKit
import NIOCore
import Testing

@Suite("The delivery engine keeps to an endpoint's policy, on real sockets and a real store") struct DeliveryPolicyTests {
    private func json(_ request: ReceivedRequest) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(request.body)) as? [String: Any])
    }

    @Test("keeps the order of each key while deliveries fail, and different keys don't wait for each other")
    func order() async throws {
        let receiver = try await ReceiverStub.start { _, index in index % 5 == 2 ? .status(500) : .ok }
        let fixture = try await EngineFixture.start(schedule: Array(repeating: .milliseconds(20), count: 20))
        let policy = DeliveryPolicy(order: .fifo(.orderingKey, .block), breaker: BreakerPolicy(failures: nil))
        try await fixture.endpoint(receiver.url, policy: policy)
        for number in 0..<120 {
            _ = try await fixture.accepted(#"{"key":\#(number % 4),"number":\#(number)}"#, orderingKey: "\(number % 4)")
        }
        // A fifth of all requests fail.
        try await Patience.until(within: .seconds(60)) { receiver.requests.count >= 150 }
        var arrived: [Int: [Int]] = [:]
        for request in receiver.requests {
            let fields = try json(request)
            let (key, number) = (fields["key"] as? Int ?? -1, fields["number"] as? Int ?? -1)
            if arrived[key]?.last != number { arrived[key, default: []].append(number) }
        }
        for key in 0..<4 { #expect(arrived[key] == Array(stride(from: key, to: 120, by: 4)), "key \(key)") }
        await fixture.stop()
        try await receiver.stop()
    }

    @Test("sends batches that verify, and retries only what the reply names", arguments: BatchPolicy.Format.allCases)
    func batch(format: BatchPolicy.Format) async throws {
        let receiver = try await ReceiverStub.start { request, index in
            guard index == 0, let id = String(decoding: request.body, as: UTF8.self).firstMatch(of: /msg_\w+/)?.0 else {
                return .ok
            }
            return .status(200, body: Array(#"{"failed":["\#(id)"]}"#.utf8))
        }
        let fixture = try await EngineFixture.start()
        let policy = DeliveryPolicy(batch: BatchPolicy(maxMessages: 3, maxWait: .seconds(2), format: format))
        let endpoint = try await fixture.endpoint(receiver.url, policy: policy)
        var messages: [Message] = []
        for number in 0..<3 { messages.append(try await fixture.accepted("{\n\"n\": \(number)}")) }
        let requests = try await receiver.waitForRequests(2)
        #expect(requests.map { $0.header("webhook-batch") } == ["3", "1"])
        #expect(requests[0].header("content-type") == format.contentType)
        let verifier = WebhookVerifier(keys: [try VerificationKey(EngineFixture.secret(1))])
        for request in requests {
            _ = try verifier.verify(body: request.body, at: Int64(Date().timeIntervalSince1970)) { request.header($0) }
        }
        if format == .ndjson { #expect(requests[0].body.count { $0 == UInt8(ascii: "\n") } == 3) }
        for message in messages {
            try await Patience.until { try await fixture.delivery(message, endpoint)?.state.isFinished == true }
        }
        let attempts = try await fixture.attempts(of: messages[0]).count + fixture.attempts(of: messages[1]).count
        #expect(attempts + (try await fixture.attempts(of: messages[2]).count) == 4)
        await fixture.stop()
        try await receiver.stop()
    }

    @Test("holds an application's endpoints together to its number of requests at a time")
    func applicationLimit() async throws {
        let receiver = try await ReceiverStub.start { _, _ in
            .drip(Array("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".utf8), everyMilliseconds: 1)
        }
        let fixture = try await EngineFixture.start()
        for _ in 0..<6 { try await fixture.endpoint(receiver.url) }
        let key = fixture.application.id
        let command = CatalogCommand.changeApplication(.standard, .id(key: key.key, text: key.description)) {
            $0.rateLimit = RateLimit(concurrent: 2)
        }
        _ = try await fixture.engine.change(command)
        for _ in 0..<10 { _ = try await fixture.accepted() }
        try await receiver.waitForRequests(60, timeout: .seconds(60))
        // Each request at a time has a connection of its own.
        #expect(receiver.connectionsAccepted <= 4)
        await fixture.stop()
        try await receiver.stop()
    }

    @Test("delivers nothing of a cancelled message, nothing before its time and nothing after it")
    func times() async throws {
        let receiver = try await ReceiverStub.start(always: .ok)
        let fixture = try await EngineFixture.start()
        let endpoint = try await fixture.endpoint(receiver.url)
        let now = fixture.engine.now
        // Far enough ahead that the cancellation is in time on any machine.
        let cancelled = try await fixture.accepted(timing: .init(deliverAt: now + .seconds(5)))
        let scheduled = try await fixture.accepted(timing: .init(deliverAt: now + .seconds(6)))
        let expired = try await fixture.accepted(timing: .init(deliverAt: now + .seconds(1), doNotDeliverAfter: now))
        let reference = Reference.id(key: cancelled.id.key, text: cancelled.id.description)
        let count = try await fixture.engine.cancelMessage(application: fixture.application.id.key, reference)
        #expect(count == 1)
        let requests = try await receiver.waitForRequests(1)
        #expect(fixture.engine.now >= now + .seconds(6))
        try await Patience.until { try await fixture.delivery(expired, endpoint)?.state.isFinished == true }
        #expect(requests.map { $0.header("webhook-id") } == [scheduled.id.description])
        #expect(receiver.requests.count == 1)
        guard case .cancelled? = try await fixture.delivery(cancelled, endpoint)?.state else {
            return #expect(Bool(false), "not cancelled")
        }
        await fixture.stop()
        try await receiver.stop()
    }

    @Test("delivers at once what is committed together with what is scheduled for tomorrow")
    func scheduledBeside() async throws {
        let receiver = try await ReceiverStub.start(always: .ok)
        let fixture = try await EngineFixture.start()
        let policy = DeliveryPolicy(order: .fifo(.orderingKey, .block))
        try await fixture.endpoint(receiver.url, policy: policy)
        let tomorrow = fixture.engine.now + .seconds(86_000)
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<100 {
                group.addTask {
                    let timing = MessageTiming(deliverAt: number % 2 == 0 ? nil : tomorrow)
                    _ = await fixture.publish(timing: timing, orderingKey: "\(number)")
                }
            }
        }
        #expect(try await receiver.waitForRequests(50).count == 50)
        await fixture.stop()
        try await receiver.stop()
    }

    @Test("goes on with a line whose first expired while it waited for its turn")
    func expiredHead() async throws {
        let receiver = try await ReceiverStub.start { _, index in
            index == 0 ? .status(429, headers: [("Retry-After", "5")]) : .ok
        }
        let fixture = try await EngineFixture.start(schedule: [])
        let endpoint = try await fixture.endpoint(receiver.url, policy: DeliveryPolicy(order: .fifo(.orderingKey, .block)))
        let first = try await fixture.accepted(orderingKey: "first")
        // An attempt that is stored has been answered, so the pause has begun. What stands in a line waits in the store before that too.
        try await Patience.until { try await fixture.delivery(first, endpoint)?.attempts == 1 }
        // Claimed, then held back by the pause until it is too late for it.
        _ = try await fixture.accepted(
            timing: .init(doNotDeliverAfter: fixture.engine.now + .seconds(1)), orderingKey: "key")
        let next = try await fixture.accepted(orderingKey: "key")
        let requests = try await receiver.waitForRequests(2)
        #expect(requests[1].header("webhook-id") == next.id.description)
        await fixture.stop()
        try await receiver.stop()
    }

    @Test("marks a replay, and goes on with a bulk replay until all its dead letters are delivered")
    func replay() async throws {
        let receiver = try await ReceiverStub.start { _, index in index < 5 ? .status(500) : .ok }
        let fixture = try await EngineFixture.start(schedule: [])
        let endpoint = try await fixture.endpoint(receiver.url)
        let since = fixture.engine.now + .seconds(-1)
        for _ in 0..<5 { _ = try await fixture.accepted() }
        try await receiver.waitForRequests(5)
        let selection = ReplaySelection(since: since, until: fixture.engine.now + .seconds(60), which: .deadLetters)
        let key = (fixture.application.id.key, endpoint.id.key)
        try await Patience.until {
            try await fixture.engine.read { store throws(StoreError) in
                try store.count(selection, rules: .asSent, application: key.0, endpoint: key.1, limit: 100)
            } == 5
        }
        let replay = Replay(
            id: fixture.engine.makeIdentifier(ReplayKind.self), application: key.0, endpoint: key.1, selection: selection,
            rules: .asSent, pace: 100, task: .replay, planned: 5, createdAt: fixture.engine.now)
        _ = try await fixture.engine.start(replay)
        let requests = try await receiver.waitForRequests(10).suffix(5)
        #expect(requests.allSatisfy { $0.header("webhook-replay") == "true" && $0.header("webhook-attempt") == "2" })
        try await Patience.until {
            try await fixture.engine.read { store throws(StoreError) in
                try store.replay(application: key.0, .id(key: replay.id.key, text: replay.id.description))
            }?.state == .finished
        }
        await fixture.stop()
        try await receiver.stop()
    }

    @Test("tells the organization when an endpoint is disabled")
    func operational() async throws {
        let receiver = try await ReceiverStub.start { request, _ in request.path == "/ops" ? .ok : .status(410) }
        let fixture = try await EngineFixture.start()
        let operations = Application(
            id: fixture.engine.makeIdentifier(ApplicationKind.self), organization: OrganizationID.standard.operational,
            uid: OrganizationID.standard.rawValue, name: "operational", createdAt: fixture.engine.now,
            updatedAt: fixture.engine.now)
        _ = try await fixture.engine.change(.insertApplication(operations))
        try await fixture.endpoint(receiver.url + "/ops", application: operations)
        let endpoint = try await fixture.endpoint(receiver.url + "/gone")
        _ = try await fixture.accepted()
        // The endpoint that was created and then disabled, and the dead letter.
        let told = try await receiver.waitForRequests(4).filter { $0.path == "/ops" }
        let types = try told.map { try json($0)["type"] as? String ?? "" }
        #expect(Set(types) == ["endpoint.created", "endpoint.disabled", "message.attempt.exhausted"])
        let disabled = try #require(try told.map(json).first { $0["type"] as? String == "endpoint.disabled" })
        let data = try #require(disabled["data"] as? [String: Any])
        #expect(data["endpointId"] as? String == endpoint.id.description)
        #expect(data["reason"] as? String == "gone")
        await fixture.stop()
        try await receiver.stop()
    }
}
