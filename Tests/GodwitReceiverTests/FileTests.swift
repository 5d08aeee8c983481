import GodwitReceiver
import GodwitSignature
import Synchronization
import Testing

@Suite struct FileTests {
    let bench: Bench

    init() throws { bench = try Bench() }

    @Test func exclusiveFileHasOneOwner() async throws {
        try await withDirectory { directory async throws in
            let path = directory + "/r.db"
            let file = try ReceiverFile(path: path)
            #expect(throws: ReceiverFileError.self) { try ReceiverFile(path: path) }
            #expect(try await file.deduplication.begin("a") == .first)
            // Two receivers of one file share its claims.
            #expect(try await file.deduplication.begin("a") == .inProgress)
        }
    }

    @Test func claimsOfASharedFileEnd() async throws {
        try await withDirectory { directory async throws in
            let now = Mutex<Int64>(1000)
            let clock = WallClock { now.withLock { $0 } }
            let files = try (0..<2).map { _ in
                try ReceiverFile(path: directory + "/r.db", sharing: .shared(leaseSeconds: 30), retentionDays: 1, clock: clock)
            }
            let (one, other) = (files[0].deduplication, files[1].deduplication)
            #expect(try await one.begin("a") == .first)
            #expect(try await other.begin("a") == .inProgress)
            now.withLock { $0 += 30 }
            #expect(try await other.begin("a") == .first)
            try await other.complete("a")
            #expect(try await one.begin("a") == .processed)
            try await one.abandon("b")
            #expect(try await one.begin("b") == .first)
            try await one.abandon("b")
            #expect(try await other.begin("b") == .first)
        }
    }

    @Test func numberedParametersMayStandInAnyOrder() async throws {
        try await withDirectory { directory async throws in
            let file = try ReceiverFile(path: directory + "/r.db")
            let rows = try await file.transaction { transaction in
                try transaction.query("SELECT $2, $1, $2, ?3", [.integer(1), .text("two"), .null])
            }
            #expect(rows == [[.text("two"), .integer(1), .text("two"), .null]])
            await #expect(throws: ReceiverFileError.self) {
                try await file.transaction { transaction in try transaction.query("SELECT $1, $3", [.null, .null]) }
            }
        }
    }

    @Test func oldIdentifiersAreForgotten() async throws {
        try await withDirectory { directory async throws in
            let now = Mutex<Int64>(1000)
            let clock = WallClock { now.withLock { $0 } }
            for _ in 0..<2 {
                let file = try ReceiverFile(path: directory + "/r.db", sharing: .exclusive, retentionDays: 1, clock: clock)
                #expect(try await file.deduplication.begin("a") == .first)
                try await file.deduplication.complete("a")
                #expect(try await file.deduplication.begin("a") == .processed)
                now.withLock { $0 += 86401 }
                let again = file.deduplication
                for key in 0..<ReceiverLimits.recordsBetweenPrunes {
                    try await again.complete("k\(now.withLock { $0 })/\(key)")
                }
                file.close()
            }
        }
    }

    @Test func inboxWorksLaterAndParks() async throws {
        try await withDirectory { directory async throws in
            let now = Mutex(Bench.now)
            let clock = WallClock { now.withLock { $0 } }
            let file = try ReceiverFile(path: directory + "/r.db", sharing: .exclusive, retentionDays: 1, clock: clock)
            var options = DurableInbox.Options()
            options.keepsOrder = true
            options.capacity = 3
            options.maxAttempts = 2
            let inbox = DurableInbox(file: file, options: options) { [bench] webhook in
                if webhook.id == "bad" { throw Broken() }
                #expect(webhook.eventType == "a.b")
                bench.note(webhook)
            }
            let receiver = bench.receiver(file.deduplication, handler: inbox.deposit)
            for id in ["a", "bad", "c", "c"] { #expect(try await receiver.receive(bench.request(id)).status == 200) }
            #expect(try await receiver.receive(bench.request("d")).status == 503)
            #expect(bench.seen.isEmpty)
            try await inbox.drain()
            #expect(bench.seen == ["a"])
            now.withLock { $0 += 1 }
            try await inbox.drain()
            #expect(bench.seen == ["a", "c"])
            let counts = try await inbox.counts()
            #expect(counts.waiting == 0 && counts.parked == 1)
            #expect(try await receiver.receive(bench.request("d")).status == 200)
            try await inbox.unpark()
            let unparked = try await inbox.counts()
            #expect(unparked.waiting == 2 && unparked.parked == 0)
        }
    }
}
