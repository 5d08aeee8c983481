import GodwitReceiver
import GodwitSignature
import Synchronization
import Testing

@Suite struct ReceiverTests {
    let bench: Bench

    init() throws { bench = try Bench() }

    @Test func otherMethodsAndSizes() async throws {
        var options = ReceiverOptions()
        options.maxBodyBytes = 40
        let receiver = bench.receiver(options: options)
        var request = try bench.request("a")
        request.method = "GET"
        let refused = await receiver.receive(request)
        #expect(refused.status == 405)
        #expect(refused.headers.contains { $0.name == "allow" })
        request.method = "HEAD"
        #expect(await receiver.receive(request).status == 200)
        #expect(try await receiver.receive(bench.request("a", String(repeating: "x", count: 40))).status == 200)
        #expect(try await receiver.receive(bench.request("b", String(repeating: "x", count: 41))).status == 413)
        #expect(bench.seen == ["a"])
    }

    @Test func sourceAddresses() async throws {
        var options = ReceiverOptions()
        options.sources = try SourceAddresses(["203.0.113.0/24"], trustedProxies: ["10.0.0.0/8"])
        let receiver = bench.receiver(options: options)
        func status(_ peer: String?, _ forwarded: String? = nil) async throws -> Int {
            try await receiver.receive(bench.request("a").with("x-forwarded-for", forwarded), peer: peer).status
        }
        #expect(try await status("203.0.113.9") == 200)
        #expect(try await status("::ffff:203.0.113.9") == 200)
        #expect(try await status("198.51.100.1") == 403)
        #expect(try await status(nil) == 403)
        #expect(try await status("198.51.100.1", "203.0.113.9") == 403)
        #expect(try await status("10.0.0.1", "203.0.113.9, 10.0.0.2") == 200)
        #expect(try await status("10.0.0.1", "203.0.113.9, 198.51.100.1") == 403)
        #expect(try await status("10.0.0.1", "nonsense") == 403)
        #expect(throws: SourceAddressError.self) { try SourceAddresses(["203.0.113.9/24"]) }
    }

    @Test func whatTheHandlerThrows() async throws {
        let rejection = Mutex<any Error>(Broken())
        let receiver = bench.receiver { _ in throw rejection.withLock { $0 } }
        #expect(try await receiver.receive(bench.request("a")).status == 500)
        rejection.withLock { $0 = WebhookRejection.gone }
        #expect(try await receiver.receive(bench.request("a")).status == 410)
        rejection.withLock { $0 = WebhookRejection.retryLater(afterSeconds: 7) }
        let later = try await receiver.receive(bench.request("a"))
        #expect(later.status == 503)
        #expect(later.headers.contains(WebhookHeaders.Field("retry-after", "7")))
    }

    @Test func tooManyAtOnce() async throws {
        let (started, start) = AsyncStream.makeStream(of: Void.self)
        let (released, release) = AsyncStream.makeStream(of: Void.self)
        var options = ReceiverOptions()
        options.maxConcurrentWebhooks = 1
        let receiver = bench.receiver(options: options) { _ in
            start.finish()
            for await _ in released {}
        }
        let request = try bench.request("a")
        async let first = receiver.receive(request)
        for await _ in started {}
        #expect(try await receiver.receive(bench.request("b")).status == 503)
        release.finish()
        #expect(await first.status == 200)
        #expect(try await receiver.receive(bench.request("b")).status == 200)
    }

    /// The effect has happened, but can't be recorded: attempts are put off until it can, and the effect doesn't happen again.
    @Test func storeFailsAfterTheEffect() async throws {
        final class Failing: DeduplicationStore {
            let memory = MemoryDeduplicationStore()
            let fails = Mutex(true)
            func begin(_ key: String) async throws -> DeduplicationClaim { memory.begin(key) }
            func complete(_ key: String) async throws {
                if fails.withLock({ $0 }) { throw Broken() }
                memory.complete(key)
            }
            func abandon(_ key: String) async throws { memory.abandon(key) }
        }
        let store = Failing()
        let receiver = bench.receiver(store)
        #expect(try await receiver.receive(bench.request("a")).status == 503)
        #expect(try await receiver.receive(bench.request("a")).status == 503)
        store.fails.withLock { $0 = false }
        #expect(try await receiver.receive(bench.request("a")).status == 200)
        #expect(bench.seen == ["a"])
    }

    @Test func whatProvesNothingReachesNoHandler() async throws {
        let verifier = try ProviderVerifier(.tossPayments, secrets: [])
        func receiver(_ options: ReceiverOptions) -> WebhookReceiver {
            WebhookReceiver(
                verifier: verifier, deduplication: MemoryDeduplicationStore(), options: options,
                handler: { [bench] webhook in bench.note(webhook) })
        }
        let body = #"{"eventType":"PAYMENT_STATUS_CHANGED","data":{"paymentKey":"k"}}"#
        let request = WebhookRequest(headers: ["content-type": "application/json"], body: Array(body.utf8))
        #expect(await receiver(ReceiverOptions()).receive(request).status == 401)
        var options = ReceiverOptions()
        options.refetch = { webhook in WebhookResponse(status: webhook.refetch.isEmpty ? 500 : 200) }
        #expect(await receiver(options).receive(request).status == 200)
        #expect(bench.seen.isEmpty)
    }

    @Test func challengesAreAnswered() async throws {
        let verifier = try ProviderVerifier(.slack, secrets: [ProviderSecret("secret")])
        let receiver = WebhookReceiver(verifier: verifier, deduplication: MemoryDeduplicationStore()) { _ in }
        let body = #"{"type":"url_verification","challenge":"c123","token":"t"}"#
        let answer = await receiver.receive(WebhookRequest(headers: [:], body: Array(body.utf8)))
        // Slack signs its challenge: without a signature nothing is repeated.
        #expect(answer.status == 400 || String(decoding: answer.body, as: UTF8.self).contains("c123"))
    }

    @Test func memoryStoreForgetsTheOldest() {
        let store = MemoryDeduplicationStore(capacity: 2)
        for key in ["a", "b", "c"] {
            #expect(store.begin(key) == .first)
            store.complete(key)
        }
        #expect(store.begin("c") == .processed)
        #expect(store.begin("b") == .processed)
        #expect(store.begin("a") == .first)
        #expect(store.begin("a") == .inProgress)
    }
}
