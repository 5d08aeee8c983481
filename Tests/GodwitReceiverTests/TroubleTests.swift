import GodwitReceiver
import GodwitSignature
import Synchronization
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What goes wrong around a handler.
@Suite struct TroubleTests {
    let bench: Bench

    init() throws { bench = try Bench() }

    /// The connection is gone, and with it the task: what the handler has done is recorded all the same.
    @Test(arguments: [ReceiverFile.Sharing.exclusive, .shared(leaseSeconds: 60)])
    func anEffectIsRecordedWhenNobodyWaitsForTheAnswer(sharing: ReceiverFile.Sharing) async throws {
        try await withDirectory { directory async throws in
            let file = try ReceiverFile(path: directory + "/r.db", sharing: sharing)
            let fails = Mutex(false)
            let receiver = bench.receiver(file.deduplication) { [bench] webhook in
                unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
                if fails.withLock({ $0 }) { throw Broken() }
                bench.note(webhook)
            }
            let (done, failed) = try (bench.request("a"), bench.request("b"))
            #expect(await Task { await receiver.receive(done).status }.value == 200)
            #expect(try await file.deduplication.begin("standard-webhooks/a") == .processed)
            fails.withLock { $0 = true }
            #expect(await Task { await receiver.receive(failed).status }.value == 500)
            // The claim was given back.
            #expect(try await file.deduplication.begin("standard-webhooks/b") == .first)
        }
    }

    @Test func aLateFailureDoesNotTakeAnothersClaim() async throws {
        try await withDirectory { directory async throws in
            let now = Mutex<Int64>(1000)
            let clock = WallClock { now.withLock { $0 } }
            let files = try (0..<3).map { _ in
                try ReceiverFile(path: directory + "/r.db", sharing: .shared(leaseSeconds: 30), retentionDays: 1, clock: clock)
            }
            let stores = files.map(\.deduplication)
            #expect(try await stores[0].begin("a") == .first)
            now.withLock { $0 += 30 }
            #expect(try await stores[1].begin("a") == .first)
            try await stores[0].abandon("a")
            #expect(try await stores[2].begin("a") == .inProgress)
        }
    }

    /// SQLite would run the first and be silent about the rest.
    @Test func oneStatementAtATime() async throws {
        try await withDirectory { directory async throws in
            let file = try ReceiverFile(path: directory + "/r.db")
            await #expect(throws: ReceiverFileError.self) {
                try await file.transaction { try $0.run("CREATE TABLE a (x); CREATE TABLE b (x)") }
            }
            try await file.transaction { transaction in
                try transaction.run("CREATE TABLE a (x);  -- that was all\n")
                for number in 0..<2000 { try transaction.run("INSERT INTO a VALUES (\(number))") }
                #expect(try transaction.query("SELECT count(*) FROM a") == [[.integer(2000)]])
            }
        }
    }

    @Test func headHasNoBody() async throws {
        var options = ReceiverOptions()
        options.sources = try SourceAddresses(["203.0.113.1"])
        let answer = await bench.receiver(options: options).receive(WebhookRequest(method: "HEAD", headers: [:], body: []))
        #expect(answer.status == 403 && answer.body.isEmpty)
    }

    /// As Azure's gateways write it, and RFC 7239 §6.
    @Test(arguments: ["203.0.113.9:51234", "[2001:db8::7]:443", "[2001:db8::7]", "2001:db8::7", "::ffff:203.0.113.9"])
    func forwardedAddressesMayHaveAPort(address: String) async throws {
        var options = ReceiverOptions()
        options.sources = try SourceAddresses(["203.0.113.9", "2001:db8::/32"], trustedProxies: ["fd00::/8"])
        let request = try bench.request("a").with("x-forwarded-for", address)
        #expect(await bench.receiver(options: options).receive(request, peer: "fd00::1%eth0").status == 200)
    }

    @Test(arguments: [
        "203.0.113.9:", "203.0.113.9:x", "203.0.113.9:123456", "[203.0.113.9", "2001:db8::7]:1", "", "203.0.113.9:1:1",
    ])
    func otherTextIsNoAddress(address: String) async throws {
        var options = ReceiverOptions()
        options.sources = try SourceAddresses(["203.0.113.9", "2001:db8::/32"], trustedProxies: ["fd00::/8"])
        let request = try bench.request("a").with("x-forwarded-for", address)
        #expect(await bench.receiver(options: options).receive(request, peer: "fd00::1").status == 403)
    }

    @Test func datesAreReadAsSendersWriteThem() async throws {
        struct Event: Decodable, Sendable { let at: Date }
        let seen = Mutex<[Double]>([])
        let router = EventRouter().on("a.b", as: EventEnvelope<Event>.self) { event, _ in
            seen.withLock { $0.append(event.data.at.timeIntervalSince1970) }
        }
        let receiver = bench.receiver(handler: router.handle)
        for (id, at) in [
            ("a", #""2027-01-15T08:00:00Z""#), ("b", #""2027-01-15T17:00:00.250+09:00""#), ("c", "1800000000"),
        ] {
            #expect(try await receiver.receive(bench.request(id, #"{"type":"a.b","data":{"at":\#(at)}}"#)).status == 200)
        }
        #expect(seen.withLock { $0 } == [1_800_000_000, 1_800_000_000.25, 1_800_000_000])
        for (id, at) in [("d", #""yesterday""#), ("e", #""""#), ("f", "true")] {
            #expect(try await receiver.receive(bench.request(id, #"{"type":"a.b","data":{"at":\#(at)}}"#)).status == 422)
        }
    }
}
