import GodwitReceiver
import GodwitSignature
import GodwitTestKit
import Synchronization
import Testing

@Suite struct InboxTests {
    let bench: Bench

    init() throws { bench = try Bench() }

    private func withFile(_ body: (ReceiverFile, NowBox) async throws -> Void) async throws {
        try await withDirectory { directory async throws in
            let now = NowBox()
            let file = try ReceiverFile(
                path: directory + "/r.db", sharing: .exclusive, retentionDays: 1, clock: WallClock { now.value })
            try await body(file, now)
        }
    }

    @Test func runWorksOnWhatComesAndEndsWhenCancelled() async throws {
        try await withFile { file, _ async throws in
            let inbox = DurableInbox(file: file) { [bench] webhook in bench.note(webhook) }
            let receiver = bench.receiver(file.deduplication, handler: inbox.deposit)
            let run = Task { try await inbox.run() }
            for id in ["a", "b", "a"] { #expect(try await receiver.receive(bench.request(id)).status == 200) }
            try await Patience.until { bench.seen.count == 2 }
            run.cancel()
            try await run.value
            #expect(bench.seen == ["a", "b"])
            #expect(try await inbox.counts().waiting == 0)
        }
    }

    /// A shutdown in the middle of the work: what was finished is not done again after the next start.
    @Test func whatWasFinishedDuringAShutdownIsNotDoneAgain() async throws {
        try await withFile { file, _ async throws in
            let inbox = DurableInbox(file: file) { [bench] webhook in
                unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
                bench.note(webhook)
            }
            let receiver = bench.receiver(file.deduplication, handler: inbox.deposit)
            #expect(try await receiver.receive(bench.request("a")).status == 200)
            try await Task { try await inbox.run() }.value
            #expect(bench.seen == ["a"])
            #expect(try await inbox.counts().waiting == 0)
        }
    }

    @Test func failuresArePostponedAndTold() async throws {
        try await withFile { file, now async throws in
            let told = Mutex<[String]>([])
            var options = DurableInbox.Options()
            options.maxAttempts = 3
            options.onFailure = { webhook, _, isParked in told.withLock { $0.append("\(webhook.id) \(isParked)") } }
            let inbox = DurableInbox(file: file, options: options) { _ in throw Broken() }
            let receiver = bench.receiver(file.deduplication, handler: inbox.deposit)
            #expect(try await receiver.receive(bench.request("a")).status == 200)
            for (wait, count) in [(0, 1), (0, 1), (1, 2), (1, 2), (1, 3), (1000, 3)] as [(Int64, Int)] {
                now.pass(wait)
                try await inbox.drain()
                #expect(told.withLock { $0.count } == count)
            }
            #expect(told.withLock { $0 } == ["a false", "a false", "a true"])
        }
    }

    /// A disk that is full now needn't be so for ever: the worker stays.
    @Test func aFileThatFailsIsTold() async throws {
        try await withFile { file, _ async throws in
            let told = Mutex(0)
            var options = DurableInbox.Options()
            options.onFileFailure = { _ in told.withLock { $0 += 1 } }
            let inbox = DurableInbox(file: file, options: options) { _ in }
            file.close()
            let run = Task { try await inbox.run() }
            try await Patience.until { told.withLock { $0 > 1 } }
            run.cancel()
            try await run.value
        }
    }

    /// Of a million that wait, one more is not counted one by one.
    @Test func countsStayRight() async throws {
        try await withFile { file, _ async throws in
            var options = DurableInbox.Options()
            options.maxAttempts = 1
            let inbox = DurableInbox(file: file, options: options) { webhook in
                if webhook.id.hasPrefix("bad") { throw Broken() }
            }
            let receiver = bench.receiver(file.deduplication, handler: inbox.deposit)
            for id in ["a", "bad1", "b", "bad2"] { _ = try await receiver.receive(bench.request(id)) }
            #expect(try await inbox.counts() == (4, 0))
            try await inbox.drain()
            #expect(try await inbox.counts() == (0, 2))
            try await inbox.unpark()
            #expect(try await inbox.counts() == (2, 0))
        }
    }
}

/// A clock that a test moves.
final class NowBox: Sendable {
    private let seconds = Mutex(Bench.now)

    var value: Int64 { seconds.withLock { $0 } }
    func pass(_ more: Int64) { seconds.withLock { $0 += more } }
}
