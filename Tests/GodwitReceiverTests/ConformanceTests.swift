import GodwitReceiver
import GodwitSignature
import Synchronization
import Testing

/// The sixteen scenarios of webhook-receiver-conformance 0.1.0, against a receiver whose effects are rows of its file.
@Suite struct ConformanceTests {
    let bench: Bench

    init() throws { bench = try Bench() }

    private func withReceiver(_ body: (WebhookReceiver, ReceiverFile) async throws -> Void) async throws {
        try await withDirectory { directory async throws in
            let file = try Self.open(directory)
            try await body(Self.receiver(bench, file), file)
        }
    }

    private static func open(_ directory: String) throws -> ReceiverFile {
        try ReceiverFile(
            path: directory + "/receiver.db", sharing: .exclusive, retentionDays: 90, clock: WallClock { Bench.now })
    }

    private static func receiver(_ bench: Bench, _ file: ReceiverFile) -> WebhookReceiver {
        bench.receiver(file.deduplication) { webhook in
            let id = webhook.id
            try await file.processOnce(webhook) { try Self.effect(id, $0) }
        }
    }

    private static func effect(_ id: String, _ transaction: ReceiverTransaction) throws {
        try transaction.run("CREATE TABLE IF NOT EXISTS effects (number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT)")
        try transaction.run("INSERT INTO effects (id) VALUES ($1)", [.text(id)])
    }

    private func effects(_ file: ReceiverFile) async throws -> [String] {
        try await file.transaction { transaction in
            try transaction.run("CREATE TABLE IF NOT EXISTS effects (number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT)")
            return try transaction.query("SELECT id FROM effects ORDER BY number").compactMap { $0[0].text }
        }
    }

    @Test func singleValid() async throws {
        try await withReceiver { receiver, file async throws in
            #expect(try await receiver.receive(bench.request("a")).status == 200)
            #expect(try await effects(file) == ["a"])
        }
    }

    @Test func sequentialDuplicate() async throws {
        try await withReceiver { receiver, file async throws in
            for _ in 0..<3 { #expect(try await receiver.receive(bench.request("a")).status == 200) }
            #expect(try await effects(file) == ["a"])
        }
    }

    @Test func concurrentDuplicate() async throws {
        try await withReceiver { receiver, file async throws in
            let request = try bench.request("a")
            let statuses = await withTaskGroup(of: Int.self) { group in
                for _ in 0..<40 { group.addTask { await receiver.receive(request).status } }
                return await group.reduce(into: Set<Int>()) { $0.insert($1) }
            }
            #expect(statuses == [200])
            #expect(try await effects(file) == ["a"])
        }
    }

    @Test func orderReversal() async throws {
        try await withReceiver { receiver, file async throws in
            #expect(try await receiver.receive(bench.request("b", at: Bench.now + 1)).status == 200)
            #expect(try await receiver.receive(bench.request("a", at: Bench.now)).status == 200)
            #expect(try await effects(file) == ["b", "a"])
        }
    }

    /// The sender has given up waiting; its next attempt comes while the first is still at work.
    @Test func timeoutThenRetry() async throws {
        let (started, start) = AsyncStream.makeStream(of: Void.self)
        let (released, release) = AsyncStream.makeStream(of: Void.self)
        let receiver = bench.receiver { [bench] webhook in
            start.finish()
            for await _ in released {}
            bench.note(webhook)
        }
        let request = try bench.request("a")
        async let first = receiver.receive(request)
        for await _ in started {}
        async let second = receiver.receive(request)
        release.finish()
        #expect(await [first.status, second.status] == [200, 200])
        #expect(bench.seen == ["a"])
    }

    /// The sender is gone before the answer.
    @Test func connectionFailureThenRetry() async throws {
        try await withReceiver { receiver, file async throws in
            let request = try bench.request("a")
            let attempt = Task { await receiver.receive(request) }
            attempt.cancel()
            _ = await attempt.value
            #expect(await receiver.receive(request).status == 200)
            #expect(try await effects(file) == ["a"])
        }
    }

    @Test(arguments: ["webhook-signature", "webhook-id", "webhook-timestamp"])
    func missingSignature(header: String) async throws {
        let receiver = bench.receiver()
        #expect(try await receiver.receive(bench.request("a").with(header, nil)).status == 400)
        #expect(bench.seen.isEmpty)
    }

    @Test(arguments: ["v1", "v1,", "v1,====", "v2,AAAA", "nonsense", "v1,\u{fffd}"])
    func malformedSignature(value: String) async throws {
        let receiver = bench.receiver()
        let status = try await receiver.receive(bench.request("a").with("webhook-signature", value)).status
        #expect((400..<500).contains(status))
        #expect(bench.seen.isEmpty)
    }

    @Test func wrongKeySignature() async throws {
        let receiver = bench.receiver()
        #expect(try await receiver.receive(bench.request("a", key: SigningSecret.generate())).status == 401)
        #expect(bench.seen.isEmpty)
    }

    @Test(arguments: [-301, 301] as [Int64])
    func staleTimestamp(offset: Int64) async throws {
        let receiver = bench.receiver()
        #expect(try await receiver.receive(bench.request("a", at: Bench.now + offset)).status == 401)
        #expect(try await receiver.receive(bench.request("b", at: Bench.now + offset - offset.signum())).status == 200)
        #expect(bench.seen == ["b"])
    }

    @Test func alterAfterSigning() async throws {
        let receiver = bench.receiver()
        var request = try bench.request("a")
        request.body.append(0x20)
        #expect(await receiver.receive(request).status == 401)
        #expect(try await receiver.receive(bench.request("a").with("webhook-id", "b")).status == 401)
        #expect(bench.seen.isEmpty)
    }

    /// Genuine, but not what the handler's type is: refused, and a corrected attempt isn't taken for a duplicate.
    @Test func malformedBody() async throws {
        struct Event: Decodable, Sendable { let n: Int }
        let router = EventRouter().on("a.b", as: EventEnvelope<Event>.self) { [bench] _, webhook in bench.note(webhook) }
        let receiver = bench.receiver(handler: router.handle)
        #expect(try await receiver.receive(bench.request("a", #"{"type":"a.b","data":{"n":"x"}}"#)).status == 422)
        #expect(bench.seen.isEmpty)
        #expect(try await receiver.receive(bench.request("b", "not JSON")).status == 200)
        #expect(try await receiver.receive(bench.request("a").with("content-type", "text/plain")).status == 200)
        #expect(bench.seen == ["a"])
    }

    @Test func restartBetweenAttempts() async throws {
        try await withDirectory { directory async throws in
            for _ in 0..<3 {
                let file = try Self.open(directory)
                #expect(try await Self.receiver(bench, file).receive(bench.request("a")).status == 200)
                #expect(try await effects(file) == ["a"])
                file.close()
            }
        }
    }

    /// The sender has crashed after it sent, has forgotten that, and sends all of it again.
    @Test func senderCrashAfterSend() async throws {
        try await withReceiver { receiver, file async throws in
            for _ in 0..<2 {
                for id in ["a", "b", "c"] { #expect(try await receiver.receive(bench.request(id)).status == 200) }
            }
            #expect(try await effects(file) == ["a", "b", "c"])
        }
    }

    /// The first half of an effect is undone when the second fails, and the next attempt does both.
    @Test func partialProcessing() async throws {
        try await withReceiver { _, file async throws in
            let fails = Mutex(true)
            let receiver = bench.receiver(file.deduplication) { webhook in
                let id = webhook.id
                let failsNow = fails.withLock { $0 }
                try await file.processOnce(webhook) { transaction in
                    try Self.effect(id, transaction)
                    if failsNow { throw Broken() }
                }
            }
            #expect(try await receiver.receive(bench.request("a")).status == 500)
            #expect(try await effects(file).isEmpty)
            fails.withLock { $0 = false }
            #expect(try await receiver.receive(bench.request("a")).status == 200)
            #expect(try await effects(file) == ["a"])
        }
    }

    @Test func redactionCanary() async throws {
        let said = Mutex<[String]>([])
        var options = ReceiverOptions()
        options.observe = { outcome in said.withLock { $0.append(String(reflecting: outcome)) } }
        let receiver = bench.receiver(options: options) { _ in throw Broken() }
        let body = #"{"type":"a.b","card":"canary"}"#
        var answers: [WebhookResponse] = []
        answers.append(try await receiver.receive(bench.request("a", body)))
        answers.append(try await receiver.receive(bench.request("a", body, key: SigningSecret.generate())))
        answers.append(try await receiver.receive(bench.request("a", body).with("webhook-signature", "v1,canary")))
        let all = said.withLock { $0 } + answers.map { String(decoding: $0.body, as: UTF8.self) }
        #expect(all.count == 6)
        #expect(!all.contains { $0.contains("canary") || $0.contains(bench.secret.wireText) })
    }
}
