import GodwitReceiver
import GodwitSignature
import Testing

/// Where each account or order has a secret of its own.
@Suite struct ChosenVerifierTests {
    let bench: Bench
    let other: SigningSecret

    init() throws {
        bench = try Bench()
        other = try SigningSecret.generate()
    }

    /// By the header `account`, of which nothing is believed: it only says which secret must have signed.
    private func receiver() throws -> WebhookReceiver {
        let mine = bench.verifier
        let theirs = try ProviderVerifier(.standardWebhooks, secrets: [ProviderSecret(other.wireText)])
        var options = ReceiverOptions()
        options.chooseVerifier = { request in
            switch request.headers["account"] {
            case "mine": mine
            case "theirs": theirs
            case "later": throw WebhookRejection.retryLater(afterSeconds: 7)
            case "broken": throw Broken()
            default: nil
            }
        }
        return bench.receiver(options: options)
    }

    @Test func onlyTheChosenSecretCounts() async throws {
        let receiver = try receiver()
        func status(_ account: String?, _ id: String, key: SigningSecret? = nil) async throws -> Int {
            try await receiver.receive(bench.request(id, key: key).with("account", account)).status
        }
        #expect(try await status("mine", "a") == 200)
        #expect(try await status("theirs", "b") == 401)
        #expect(try await status("theirs", "c", key: other) == 200)
        #expect(try await status("mine", "d", key: other) == 401)
        #expect(try await status("nobody", "e") == 401)
        #expect(try await status(nil, "f") == 401)
        #expect(try await status("broken", "g") == 500)
        #expect(try await status("later", "h") == 503)
        #expect(bench.seen == ["a", "c"])
    }

    @Test func aProbeNeedsNoSecret() async throws {
        var request = try bench.request("a")
        request.method = "HEAD"
        #expect(try await receiver().receive(request).status == 200)
    }

    @Test func itemsOfAFeedAreCheckedByItToo() async throws {
        let feed = ScriptedFeed(bench, count: 2)
        func repair(_ choose: @escaping @Sendable (WebhookRequest) -> ProviderVerifier?) -> GapRepair {
            var options = ReceiverOptions()
            options.chooseVerifier = choose
            return GapRepair(receiver: bench.receiver(options: options), feed: feed, name: "f", cursors: MemoryCursors())
        }
        await #expect(throws: FeedFailure.self) { try await repair { _ in nil }.catchUp() }
        #expect(bench.seen.isEmpty)
        let verifier = bench.verifier
        try await repair { _ in verifier }.catchUp()
        #expect(bench.seen == ["m1", "m2"])
    }

    @Test func anAdapterTakesEither() async throws {
        let receiver = bench.receiver()
        let repair = GapRepair(receiver: receiver, feed: ScriptedFeed(bench), name: "f", cursors: MemoryCursors())
        for adapted: any WebhookReceiving in [receiver, repair] as [any WebhookReceiving] {
            #expect(adapted.maxBodyBytes == ReceiverLimits.bodyBytes)
            #expect(try await adapted.receive(bench.request("a"), peer: nil).status == 200)
        }
        #expect(bench.seen == ["a"])
    }

    /// Toss Payments: the deposit's secret is the order's, so one verifier with one secret can't do.
    @Test func theSecretOfAnOrder() async throws {
        let secrets = ["o1": "ps_1", "o2": "ps_2"]
        var options = ReceiverOptions()
        options.chooseVerifier = { request in
            let body = String(decoding: request.body, as: UTF8.self)
            guard let secret = secrets.first(where: { body.contains("\"\($0.key)\"") })?.value else { return nil }
            return try ProviderVerifier(.tossPayments, scheme: "body-secret", secrets: [ProviderSecret(secret)])
        }
        let receiver = WebhookReceiver(
            verifier: try ProviderVerifier(.tossPayments, secrets: []), deduplication: MemoryDeduplicationStore(),
            options: options
        ) { [bench] webhook in
            #expect(webhook.grade == .sharedSecretInBody)
            bench.note(webhook)
        }
        func status(_ order: String, _ secret: String) async -> Int {
            let body = #"{"createdAt":"x","secret":"\#(secret)","status":"DONE","transactionKey":"t","orderId":"\#(order)"}"#
            return await receiver.receive(WebhookRequest(headers: [:], body: Array(body.utf8))).status
        }
        #expect(await status("o1", "ps_1") == 200)
        #expect(await status("o1", "ps_2") == 401)
        #expect(await status("o2", "ps_1") == 401)
        #expect(await status("o3", "ps_1") == 401)
        #expect(bench.seen.count == 1)
    }
}
